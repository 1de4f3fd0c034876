import { type CaseContext, error, ok } from '../../../src/case/index.ts';
import { asPromised, type Fields, judgeRows, rulesOfKinds } from '../../fields/fields.ts';
import { factorsOf, type Properties, properties } from '../../fields/properties.ts';
import { Rows } from '../../fields/rows.ts';
import { rules } from '../../fields/rules.ts';
import { migrateTopic, unsupported } from '../topic.ts';
import { kinds } from './kinds.ts';
import { migrateRows } from './migrate-rows.ts';

const { topic, testCase } = migrateTopic('fields', 'Every property with every kind of change');
export default topic;

const expected = {
  full: { reply: ok(null), ...asPromised },
  compiledOut: { reply: unsupported, ...asPromised },
  predates: { reply: error('EINVAL', null), ...asPromised },
};

/** All properties and all kinds: every two of their values meet in a row. */
function tableOf(own: Properties, some = kinds) {
  const factors = { kind: Object.keys(some), ...factorsOf(own) };
  const all = [...rules, ...rulesOfKinds(some)];
  return { factors, rules: all.filter(({ of }) => of.every((factor) => factor in factors)) };
}

const { direction: _direction, 'per-cpu': _perCpu, 'nat-timer': natTimer, ...older } = properties;
const { 'keepalive-20': _keepalive, ...olderTimers } = natTimer!;
/** What an SA can have on every kernel with the message. */
const base: Properties = { ...older, 'nat-timer': olderTimers };
const baseTable = tableOf(base);
const baseRows = new Rows('migrate', baseTable);

function migrateKind(context: CaseContext, name: string): Fields {
  const own = baseRows.of(context.seed).filter(({ kind }) => kind === name);
  const table = { ...baseTable, factors: { ...baseTable.factors, kind: [name] } };
  return judgeRows(context, table, own, (some, first) =>
    migrateRows(context, { properties: base, kinds }, some, first),
  );
}

for (const [name, { summary, requirements }] of Object.entries(kinds)) {
  testCase(name, {
    summary,
    requirements: [...new Set([...requirements, 'M-KEEPS'])],
    run: (context) => migrateKind(context, name),
    expect: expected,
  });
}

const { both, family, 'encap-changed': changed, 'encap-removed': removed } = kinds;
const directedKinds = {
  both: both!,
  family: family!,
  'encap-changed': changed!,
  'encap-removed': removed!,
};
const table = tableOf(properties, directedKinds);
const rows = new Rows('migrate/directed', table);
/** Every table with its rows, for the test that keeps them. */
export const tables = {
  migrate: { table: baseTable, rows: baseRows },
  'migrate/directed': { table, rows },
};

testCase('directed', {
  summary: 'SAs that know their direction, and what depends on it, keep what they have.',
  requirements: ['M-KEEPS', 'M-MOVE', 'M-ENCAP', 'M-ENCAP-ABSENT'],
  // XFRMA_SA_DIR 6.10, XFRMA_NAT_KEEPALIVE_INTERVAL 6.11, XFRMA_SA_PCPU 6.13.
  needs: { minVersion: '6.13' },
  run: (context) =>
    judgeRows(context, table, rows.of(context.seed), (some, first) =>
      migrateRows(context, { properties, kinds: directedKinds }, some, first),
    ),
  expect: expected,
});
