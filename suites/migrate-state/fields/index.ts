import { type CaseContext, ok } from '../../../src/case/index.ts';
import type { Table } from '../../fields/covering-array.ts';
import { asPromised, type Fields, judgeRows, rulesOfKinds } from '../../fields/fields.ts';
import { factorsOf, properties } from '../../fields/properties.ts';
import { Rows } from '../../fields/rows.ts';
import { rules } from '../../fields/rules.ts';
import { migrateStateTopic, unsupported } from '../topic.ts';
import { kinds } from './kinds.ts';
import { migrateRows } from './migrate-rows.ts';
import { type Variant, variants } from './variants.ts';

const { topic, testCase } = migrateStateTopic('fields', 'Every property with every kind of change');
export default topic;

const everySuccess = ['MS-KEEPS', 'MS-INHERIT', 'MS-REPLAY', 'MS-NOTIFY'];
const expected = {
  full: { reply: ok(null), ...asPromised },
  compiledOut: { reply: unsupported.compiledOut, ...asPromised },
  predates: { reply: unsupported.predates, ...asPromised },
};

/** All properties and all kinds: every two of their values meet in a row. */
const table = {
  factors: { kind: Object.keys(kinds), ...factorsOf(properties) },
  rules: [...rules, ...rulesOfKinds(kinds)],
};
const rows = new Rows('migrate-state', table);
/** Every table with its rows, for the test that keeps them. */
export const tables: { [name: string]: { table: Table; rows: Rows } } = {
  'migrate-state': { table, rows },
};

function migrateKind(context: CaseContext, name: string): Fields {
  const own = rows.of(context.seed).filter(({ kind }) => kind === name);
  return judgeRows(
    context,
    { ...table, factors: { ...table.factors, kind: [name] } },
    own,
    (some, first) => migrateRows(context, { properties, kinds }, some, first),
  );
}

for (const [name, { summary, requirements }] of Object.entries(kinds)) {
  testCase(name, {
    summary,
    requirements: [...requirements, ...everySuccess],
    // The rows have directions, and an ESN state without a window only where there are some.
    needs: { minVersion: '6.10' },
    run: (context) => migrateKind(context, name),
    expect: expected,
  });
}

function migrateVariant(context: CaseContext, variant: Variant, variantRows: Rows): Fields {
  const parts = variant.prepare?.(context) ?? {};
  const what = { ...variant, properties: { ...variant.properties, ...parts } };
  return judgeRows(context, variant.table, variantRows.of(context.seed), (some, first) =>
    migrateRows(context, what, some, first),
  );
}

for (const [name, variant] of Object.entries(variants)) {
  const variantRows = new Rows(`migrate-state/${name}`, variant.table);
  tables[`migrate-state/${name}`] = { table: variant.table, rows: variantRows };
  testCase(name, {
    summary: variant.summary,
    requirements: [...variant.requirements, ...everySuccess],
    needs: variant.needs,
    run: (context) => migrateVariant(context, variant, variantRows),
    expect: expected,
  });
}
