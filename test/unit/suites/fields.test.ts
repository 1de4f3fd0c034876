import { describe, expect, it } from 'vitest';
import { defaultSeed, randomNumbers } from '../../../src/case/seed.ts';
import { findCauses } from '../../../suites/fields/causes.ts';
import {
  completeRow,
  coveringArray,
  type Row,
  type Table,
} from '../../../suites/fields/covering-array.ts';
import { tables as ofMigrate } from '../../../suites/migrate/fields/index.ts';
import { tables as ofMigrateState } from '../../../suites/migrate-state/fields/index.ts';

const tables = { ...ofMigrateState, ...ofMigrate };

/** Every two values of different factors that can be in one row. */
function possiblePairs(table: Table): string[] {
  const choices = Object.entries(table.factors).flatMap(([factor, values]) =>
    values.map((value) => [factor, value] as const),
  );
  return choices.flatMap(([factor, value], i) =>
    choices
      .slice(i + 1)
      .filter(([other]) => other !== factor)
      .map(([other, otherValue]) => ({ [factor]: value, [other]: otherValue }))
      .filter((pair) => completeRow(table, pair))
      .map((pair) => JSON.stringify(Object.entries(pair))),
  );
}

function lacking(table: Table, rows: readonly Row[]): string[] {
  const has = (row: Row, pair: string) =>
    (JSON.parse(pair) as [string, string][]).every(([factor, value]) => row[factor] === value);
  return possiblePairs(table).filter((pair) => !rows.some((row) => has(row, pair)));
}

function broken({ rules }: Table, rows: readonly Row[]): Row[] {
  return rows.filter((row) => rules.some(({ forbids }) => forbids(row)));
}

describe.each(Object.entries(tables))('the rows of %s', (_name, { table, rows }) => {
  it.each([defaultSeed, 2])('have every possible pair, and break no rule: seed %i', (seed) => {
    const chosen = rows.of(seed);
    expect(lacking(table, chosen)).toEqual([]);
    expect(broken(table, chosen)).toEqual([]);
    expect(chosen.length).toBeLessThan(130);
  });
});

describe('the rows that are kept', () => {
  it('are those of the default seed', async () => {
    const entries = Object.entries(tables).map(([name, { rows }]) => {
      const words = rows.write(rows.choose(defaultSeed)).replace(/(.{1,92}) /g, "$1 ' +\n    '");
      return `  '${name}':\n    '${words}',\n`;
    });
    await expect(
      `/**
 * The rows that the default seed chooses: to choose them takes longer on an emulated machine than to
 * migrate them. Made by \`npx vitest run --project unit test/unit/suites/fields.test.ts -u\`.
 */
// biome-ignore format: made
export const chosenRows: { readonly [table: string]: string } = {
${entries.join('')}};
`,
    ).toMatchFileSnapshot('../../../suites/fields/chosen-rows.ts');
  });
});

describe('a covering array', () => {
  const table: Table = {
    factors: { a: ['0', '1', '2'], b: ['0', '1'], c: ['0', '1'], d: ['0', '1'] },
    rules: [
      { of: ['a', 'b'], forbids: ({ a, b }) => a === '1' && b === '0', source: '' },
      { of: ['b', 'c'], forbids: ({ b, c }) => b === '1' && c === '0', source: '' },
    ],
  };

  it('is the same for the same seed, and another for another', () => {
    const made = [1, 1, 2].map((seed) => JSON.stringify(coveringArray(table, randomNumbers(seed))));
    expect(made[0]).toBe(made[1]);
    expect(made[2]).not.toBe(made[0]);
  });

  it('leaves out what only the rules together forbid', () => {
    // a = 1 needs b = 1, which needs c = 1.
    expect(completeRow(table, { a: '1', c: '0' })).toBeNull();
    expect(completeRow(table, { a: '1' })).toEqual({ a: '1', b: '1', c: '1', d: '0' });
    const rows = coveringArray(table, randomNumbers(1));
    expect(lacking(table, rows)).toEqual([]);
    expect(broken(table, rows)).toEqual([]);
  });
});

describe('causes', () => {
  const values = ['plain', 'x', 'y'];
  const table: Table = {
    factors: { kind: ['move', 'mark'], a: values, b: values, c: values, d: values, e: values },
    rules: [{ of: ['a', 'b'], forbids: ({ a, b }) => a === 'y' && b === 'plain', source: '' }],
  };
  const rows = coveringArray(table, randomNumbers(1));
  const wrong = { expected: 1, seen: 2 };

  function causesOf(fails: (row: Row) => boolean): string[] {
    const attempt = (row: Row) => (fails(row) ? { member: wrong } : {});
    const results = rows.map((row) => ({ row, wrong: attempt(row) }));
    return findCauses(table, results, attempt).map((cause) => cause.with);
  }

  it('are the fewest properties that still fail, with the first of their values', () => {
    expect(causesOf(() => false)).toEqual([]);
    expect(causesOf(() => true)).toEqual(['anything']);
    expect(causesOf(({ c }) => c !== 'plain')).toEqual(['c x']);
    expect(causesOf(({ c }) => c === 'y')).toEqual(['c y']);
    expect(causesOf(({ c, d }) => c !== 'plain' && d !== 'plain')).toEqual(['c x, d x']);
    expect(causesOf(({ kind, d }) => kind === 'mark' && d !== 'plain')).toEqual(['kind mark, d x']);
  });

  it('take along what the rules ask for', () => {
    expect(causesOf(({ a }) => a === 'y')).toEqual(['a y, b x']);
  });

  it('are told apart', () => {
    expect(causesOf(({ c, e }) => c === 'x' || e === 'y')).toEqual(['c x', 'e y']);
  });

  it('name the whole row where it does not fail again', () => {
    const [row] = rows.filter((each) => each.c === 'x');
    const [cause] = findCauses(table, [{ row: row!, wrong: { member: wrong } }], () => ({}));
    expect(cause!.with).toContain('c x');
    expect(cause!.wrong).toEqual({ member: wrong });
  });
});
