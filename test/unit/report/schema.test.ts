import { toJsonSchema } from '@valibot/to-json-schema';
import type * as v from 'valibot';
import { expect, expectTypeOf, it } from 'vitest';
import { caseRecordSchema, guestFactsSchema } from '../../../src/case/schema.ts';
import type { RunResults } from '../../../src/report/results.ts';
import {
  caseResultSchema,
  kernelResultSchema,
  runResultsSchema,
} from '../../../src/report/schema.ts';

it('agrees with the types, in both directions', () => {
  type Output = v.InferOutput<typeof runResultsSchema>;
  expectTypeOf<Output>().toExtend<RunResults>();
  expectTypeOf<RunResults>().toExtend<Output>();
});

// When this fails because the schema was changed on purpose: vitest -u writes the file again.
it('is what docs/results.schema.json says', async () => {
  const schema = toJsonSchema(runResultsSchema, {
    target: 'draft-2020-12',
    definitions: {
      kernelResult: kernelResultSchema,
      caseResult: caseResultSchema,
      caseRecord: caseRecordSchema,
      guestFacts: guestFactsSchema,
    },
    // What only TypeScript knows leaves no trace in JSON.
    overrideAction: ({ valibotAction, jsonSchema }) =>
      valibotAction.type === 'readonly' ? jsonSchema : undefined,
    // The only schema of its kind is any JSON, bounded in depth.
    overrideSchema: ({ valibotSchema }) => (valibotSchema.type === 'custom' ? {} : undefined),
  });
  const titled = { title: 'Results of xfrm-conform run (results.json)', ...schema };
  await expect(`${JSON.stringify(titled, null, 2)}\n`).toMatchFileSnapshot(
    '../../../docs/results.schema.json',
  );
});
