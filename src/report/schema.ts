/**
 * The schema of results.json. docs/results.schema.json is made from it by its unit test:
 * `npx vitest run --project unit test/unit/report/schema.test.ts -u`
 */
import * as v from 'valibot';
import { caseRecordSchema, guestFactsSchema } from '../case/schema.ts';

const milliseconds = v.pipe(v.number(), v.minValue(0));
const atLeastOne = v.pipe(v.number(), v.integer(), v.minValue(1));

function list<Item extends v.GenericSchema>(item: Item) {
  return v.pipe(v.array(item), v.readonly());
}

function described<Schema extends v.GenericSchema>(schema: Schema, description: string) {
  return v.pipe(schema, v.description(description));
}

const replyDifferenceSchema = v.object({
  expected: v.object({
    errno: v.string(),
    extack: described(
      v.exactOptional(v.nullable(v.string())),
      'Missing where its text is not judged, null where there must be none.',
    ),
  }),
  observed: v.nullable(v.object({ errno: v.string(), extack: v.nullable(v.string()) })),
});

const verdictSchema = v.object({
  status: described(
    v.picklist(['pass', 'fail', 'deviation', 'unexpected-pass', 'skip', 'crash', 'broken']),
    'skip: a declared need is missing; deviation: wrong in a known way; broken: our own set-up failed, no word about the kernel.',
  ),
  reason: v.nullable(v.string()),
  mismatches: list(
    v.object({
      path: described(v.string(), 'Path into the observation; empty when it differs as a whole.'),
      expected: v.string(),
      observed: v.string(),
      reply: v.exactOptional(replyDifferenceSchema),
    }),
  ),
  deviation: described(v.nullable(v.string()), 'Id of the deviation entry that applies.'),
});

const crashSchema = v.object({
  title: v.string(),
  log: described(v.string(), 'Bytes of the guest as they came: escape them before showing them.'),
  fingerprint: described(v.nullable(v.string()), 'Top frames of the call trace.'),
});

export const caseResultSchema = v.object({
  id: v.string(),
  summary: v.string(),
  interface: v.picklist(['migrate-state', 'migrate']),
  verdict: verdictSchema,
  record: described(
    v.nullable(caseRecordSchema),
    'All that was observed; null when the case did not run or the kernel did not survive it.',
  ),
  crash: v.nullable(crashSchema),
});

const declaredKindSchema = v.object({
  kind: v.picklist(['full', 'compiledOut', 'predates']),
  evidence: v.string(),
});

const kernelSchema = v.object({
  spec: described(v.string(), 'Given to --kernel it names this kernel again.'),
  notes: list(v.string()),
  release: described(v.string(), 'uname -r'),
  version: described(v.string(), 'Upstream version; empty when not known.'),
  arch: v.string(),
  guest: v.nullable(guestFactsSchema),
  kinds: described(
    v.nullable(
      v.pipe(
        v.object({ 'migrate-state': declaredKindSchema, migrate: declaredKindSchema }),
        v.readonly(),
      ),
    ),
    'What the kernel is for each interface, and the fact that says so; null when it did not tell.',
  ),
});

const bootSchema = v.object({
  machine: v.picklist(['qemu', 'uml', 'vng', 'local']),
  acceleration: v.string(),
  retries: described(list(v.string()), 'Boots that were given up, each with its reason.'),
  bootMs: milliseconds,
});

export const kernelResultSchema = v.object({
  kernel: kernelSchema,
  boots: list(bootSchema),
  cases: list(caseResultSchema),
  problem: described(
    v.nullable(v.object({ message: v.string(), console: v.string() })),
    'Why this kernel has no or not all verdicts.',
  ),
  durationMs: milliseconds,
});

export const runResultsSchema = v.object({
  schema: v.literal('xfrm-conform/results/1'),
  tool: v.object({ version: v.string(), commit: v.nullable(v.string()) }),
  startedAt: v.pipe(v.string(), v.isoTimestamp()),
  durationMs: milliseconds,
  interrupted: v.boolean(),
  shard: described(
    v.exactOptional(v.object({ index: atLeastOne, count: atLeastOne })),
    'Which part of the chosen cases was to run (--shard); missing when all were.',
  ),
  kernels: list(kernelResultSchema),
});
