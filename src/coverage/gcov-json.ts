import * as v from 'valibot';

const count = v.pipe(v.number(), v.integer(), v.minValue(0));

/** What is used of the output of `gcov --json-format` (gcov(1), format version 1). */
const gcovSchema = v.object({
  format_version: v.literal('1'),
  current_working_directory: v.string(),
  files: v.array(
    v.object({
      file: v.string(),
      functions: v.array(v.object({ name: v.string(), start_line: count, execution_count: count })),
      lines: v.array(
        v.object({
          line_number: count,
          count,
          // Missing for a line outside of any function.
          function_name: v.optional(v.string()),
          branches: v.array(v.object({ count })),
        }),
      ),
    }),
  ),
});

/** gcov's word on one object: the lines of its source and of the headers that have code. */
export type GcovObject = v.InferOutput<typeof gcovSchema>;

/** Throws a ValiError or a SyntaxError for what gcov does not write. */
export function parseGcov(json: string): GcovObject {
  return v.parse(gcovSchema, JSON.parse(json));
}
