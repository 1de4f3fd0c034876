import { readFileSync } from 'node:fs';
import * as v from 'valibot';
import { UsageError } from '../error.ts';
import type { CaseResult, KernelResult, RunResults } from './results.ts';
import { caseResultSchema, kernelResultSchema, runResultsSchema } from './schema.ts';

const caseSchema = v.omit(caseResultSchema, ['record']);

/** results.json: all verdicts and observations. Throws when the results do not fit the schema. */
export function toJson(results: RunResults): string {
  return [...jsonPieces(results)].join('');
}

/**
 * The same, bit by bit: with all that every case sent and heard, thirty kernels are more than one
 * string can hold. A case is a line: compact, and yet grep and diff can tell cases apart.
 */
export function* jsonPieces({ kernels, ...run }: RunResults): Generator<string> {
  const { kernels: _, ...checked } = fitting(runResultsSchema, { ...run, kernels: [] });
  yield* withList(
    checked,
    'kernels',
    kernels.map((kernel) => kernelPieces(kernel)),
  );
  yield '\n';
}

function* kernelPieces(result: KernelResult): Generator<string> {
  const { cases: _, ...kernel } = fitting(kernelResultSchema, { ...result, cases: [] });
  yield* withList(kernel, 'cases', casePieces(result.cases));
}

/** Records are most of it; what came from the guest was checked when it came. */
function* casePieces(cases: readonly CaseResult[]): Generator<Iterable<string>> {
  for (const { record, ...rest } of cases) {
    const { crash, ...checked } = fitting(caseSchema, rest);
    yield [JSON.stringify({ ...checked, record, crash })];
  }
}

function* withList(
  object: object,
  name: string,
  items: Iterable<Iterable<string>>,
): Generator<string> {
  yield `${JSON.stringify(object).slice(0, -1)},"${name}":[\n`;
  let separator = '';
  for (const item of items) {
    yield separator;
    yield* item;
    separator = ',\n';
  }
  yield '\n]}';
}

function fitting<Schema extends v.GenericSchema>(
  schema: Schema,
  value: unknown,
): v.InferOutput<Schema> {
  const parsed = v.safeParse(schema, value);
  if (parsed.success) return parsed.output;
  throw new Error(`the results do not fit their own schema: ${firstIssue(parsed.issues)}`);
}

/** Reads results.json back; throws a UsageError when the file is something else. */
export function readResults(path: string): RunResults {
  const parsed = v.safeParse(runResultsSchema, parseJson(path, readText(path)));
  if (parsed.success) return parsed.output;
  throw new UsageError(
    `${path} is no results.json of this xfrm-conform: ${firstIssue(parsed.issues)}.`,
  );
}

function readText(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT') throw new UsageError(`${path} does not exist.`, error);
    if (code === 'EISDIR') {
      throw new UsageError(`${path} is a directory; name the results.json in it.`, error);
    }
    throw new UsageError(`${path} cannot be read (${code}).`, error);
  }
}

function parseJson(path: string, text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    const what = /^\s*\{/.test(text) ? 'is cut off or damaged JSON' : 'is no JSON file';
    throw new UsageError(`${path} ${what}; name a results.json of an earlier run.`, error);
  }
}

function firstIssue([issue]: readonly [v.BaseIssue<unknown>, ...unknown[]]): string {
  const where = v.getDotPath(issue);
  // The message quotes what was received, which may be anything and long.
  const message = issue.message.slice(0, 200);
  return where === null ? message : `${message} at ${where}`;
}
