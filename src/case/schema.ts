/**
 * Schemas of what the agent writes. The guest is not trusted: whatever it sends is checked, and
 * bounded, before anything else looks at it. Members that are not named here are dropped.
 */
import * as v from 'valibot';
import type { Json } from './record.ts';

/** Objects and arrays may be nested this deep: deeper ones would exhaust the stack of a reader. */
export const deepestJson = 64;

/** Texts of the kernel and of ours: names, reasons, lines of the log. Characters. */
const text = v.pipe(v.string(), v.maxLength(16_384));
/** A netlink message in hex; the largest attribute alone is 64 KiB. Characters. */
const hex = v.pipe(v.string(), v.regex(/^(?:[0-9a-f]{2})*$/), v.maxLength(4_194_304));
const count = v.pipe(v.number(), v.integer(), v.minValue(0));

function list<Item extends v.GenericSchema>(item: Item) {
  return v.pipe(v.array(item), v.maxLength(100_000), v.readonly());
}

/** Any JSON value. What JSON.parse returns can only be too deep. */
export const jsonSchema = v.custom<Json>(
  (value) => value !== undefined && !isDeeperThan(value, deepestJson),
  `Invalid value: Expected JSON at most ${deepestJson} levels deep`,
);

export const guestFactsSchema = v.object({
  release: text,
  build: text,
  config: v.nullable(v.pipe(v.record(v.string(), text), v.readonly())),
  migrateSymbols: v.nullable(list(text)),
});

const extAckSchema = v.object({
  message: v.nullable(text),
  offset: v.nullable(count),
  attribute: v.nullable(text),
  policy: jsonSchema,
});

const attributesSchema = list(v.object({ name: text, value: jsonSchema }));

const requestRecordSchema = v.object({
  purpose: v.picklist(['setup', 'subject', 'inspect']),
  netns: text,
  message: text,
  flags: list(text),
  header: jsonSchema,
  attributes: attributesSchema,
  bytes: hex,
  reply: v.object({ errno: text, extack: v.nullable(extAckSchema) }),
  answers: list(jsonSchema),
});

const notificationRecordSchema = v.object({
  group: text,
  netns: text,
  message: text,
  sequence: count,
  portid: count,
  header: jsonSchema,
  attributes: attributesSchema,
  bytes: hex,
});

export const caseRecordSchema = v.object({
  id: text,
  outcome: v.picklist(['observed', 'setup-failed', 'missing-need']),
  reason: v.nullable(text),
  observation: jsonSchema,
  requests: list(requestRecordSchema),
  notifications: list(notificationRecordSchema),
  kernelLog: list(text),
  durationMs: v.pipe(v.number(), v.minValue(0)),
});

/** What the agent sends of a case: bytes, which decodeRecord reads. */
export const rawCaseRecordSchema = v.object({
  ...caseRecordSchema.entries,
  requests: list(
    v.object({
      purpose: v.picklist(['setup', 'subject', 'inspect']),
      netns: text,
      headerLength: count,
      bytes: hex,
      received: v.union([list(hex), count]),
    }),
  ),
  notifications: list(v.object({ group: count, netns: text, bytes: hex })),
  startedMs: v.pipe(v.number(), v.minValue(0)),
});

export const agentEventSchema = v.variant('event', [
  v.object({
    event: v.literal('hello'),
    protocol: count,
    release: text,
    build: text,
    uptimeMs: count,
    tainted: count,
  }),
  v.object({ event: v.literal('facts'), facts: guestFactsSchema }),
  v.object({ event: v.literal('case-start'), id: text }),
  v.object({ event: v.literal('case-end'), record: rawCaseRecordSchema }),
  v.object({ event: v.literal('agent-error'), message: text }),
  v.object({ event: v.literal('done') }),
  v.object({ event: v.literal('leaks'), report: v.pipe(v.string(), v.maxLength(4_194_304)) }),
  v.object({
    event: v.literal('coverage'),
    path: v.pipe(v.string(), v.maxLength(4096), v.regex(/^\/(?!.*\/\.\.?(\/|$)).*\.gcda$/s)),
    base64: v.pipe(v.string(), v.maxLength(4_194_304), v.base64()),
  }),
]);

/** Goes no deeper than it must: the value that is too deep cannot exhaust the stack here, either. */
function isDeeperThan(value: unknown, levels: number): boolean {
  if (!isNested(value)) return false;
  if (levels === 0) return true;
  const members: readonly unknown[] = Array.isArray(value) ? value : Object.values(value);
  return members.some((member) => isDeeperThan(member, levels - 1));
}

function isNested(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}
