import { type CaseContext, ok, type Reply, randomNumbers } from '../../../src/case/index.ts';
import { type Cause, findCauses } from '../../fields/causes.ts';
import type { Wrong } from '../../fields/compare.ts';
import { coveringArray, type Row, type Rule, type Table } from '../../fields/covering-array.ts';
import { factorsOf, properties } from '../../fields/properties.ts';
import { rules } from '../../fields/rules.ts';
import { migrateStateTopic, unsupported } from '../topic.ts';
import { type Kind, kinds } from './kinds.ts';
import { migrateRows, type Outcome } from './migrate-rows.ts';

const { topic, testCase } = migrateStateTopic('fields', 'Every property with every kind of change');
export default topic;

/** All properties and all kinds: every two of their values meet in a row. */
const table: Table = {
  factors: { kind: Object.keys(kinds), ...factorsOf(properties) },
  rules: [...rules, ...Object.entries(kinds).flatMap(ofKind)],
};

/** The rules of a kind hold for its rows alone. */
function ofKind([name, { rules: own = [] }]: [string, Kind]): Rule[] {
  return own.map(({ of, forbids, source }) => ({
    of: ['kind', ...of],
    forbids: (row) => row.kind === name && forbids(row),
    source,
  }));
}

const made = new Map<number, readonly Row[]>();

function rowsOf(seed: number): readonly Row[] {
  const rows = made.get(seed) ?? coveringArray(table, randomNumbers(seed));
  made.set(seed, rows);
  return rows;
}

interface Fields {
  readonly seed: number;
  /** How many SAs were migrated. */
  readonly rows: number;
  /** What the request is answered with: success, unless no row was accepted. */
  readonly reply: Reply;
  /** Which properties were answered otherwise, lost, or changed. */
  readonly wrong: readonly Cause[];
  /** With which properties something else than the new SA is told. */
  readonly heardWrong: readonly Cause[];
}

function migrateAll(context: CaseContext, name: string): Fields {
  const rows = rowsOf(context.seed).filter(({ kind }) => kind === name);
  const kindOf = () => kinds[name]!;
  const outcomes = migrateRows(context, rows, kindOf, 0x1000);
  const { reply } = outcomes.find((each) => each.reply.errno === 'OK') ?? outcomes[0]!;
  let spi = 0x2000;
  const tried = new Map<Row, Outcome>();
  const again = (row: Row) => {
    const outcome = tried.get(row) ?? migrateRows(context, [row], kindOf, spi++)[0]!;
    tried.set(row, outcome);
    return outcome;
  };
  const own = { ...table, factors: { ...table.factors, kind: [name] } };
  const causes = (wrongOf: (outcome: Outcome) => Wrong) =>
    findCauses(
      own,
      outcomes.map((outcome) => ({ row: outcome.row, wrong: wrongOf(outcome) })),
      (row) => wrongOf(again(row)),
    );
  return {
    seed: context.seed,
    rows: rows.length,
    reply,
    wrong: causes((outcome) => ({ ...replyOf(outcome.reply, reply), ...outcome.sa })),
    heardWrong: causes(({ heard }) => heard),
  };
}

function replyOf(seen: Reply, expected: Reply): Wrong {
  const [is, should] = [seen, expected].map(({ errno, extack }) =>
    [errno, extack?.message].filter(Boolean).join(': '),
  ) as [string, string];
  return is === should ? {} : { reply: { expected: should, seen: is } };
}

const asPromised = { wrong: [], heardWrong: [] };

for (const [name, { summary, requirements }] of Object.entries(kinds)) {
  testCase(name, {
    summary,
    requirements: [...requirements, 'MS-KEEPS', 'MS-INHERIT', 'MS-REPLAY', 'MS-NOTIFY'],
    run: (context) => migrateAll(context, name),
    expect: {
      full: { reply: ok(null), ...asPromised },
      compiledOut: { reply: unsupported.compiledOut, ...asPromised },
      predates: { reply: unsupported.predates, ...asPromised },
    },
  });
}
