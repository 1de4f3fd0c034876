import type { CaseContext, Reply } from '../../src/case/index.ts';
import { type Cause, findCauses } from './causes.ts';
import type { Wrong } from './compare.ts';
import type { Row, Rule, Table } from './covering-array.ts';

/** What is wrong with one row after its migration. */
export interface Outcome {
  readonly row: Row;
  readonly reply: Reply;
  readonly sa: Wrong;
  /** Of what listeners heard. */
  readonly heard: Wrong;
}

/** The observation of a case: what many SAs have in common after their migration. */
export interface Fields {
  /** Of the choice of rows. */
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

export const asPromised = { wrong: [], heardWrong: [] } as const;

/** The rules of some kinds of change, which hold for their rows alone. */
export function rulesOfKinds(kinds: {
  readonly [kind: string]: { readonly rules?: readonly Rule[] };
}): Rule[] {
  return Object.entries(kinds).flatMap(([name, { rules = [] }]) =>
    rules.map(({ of, forbids, source }) => ({
      of: ['kind', ...of],
      forbids: (row: Row) => row.kind === name && forbids(row),
      source,
    })),
  );
}

/**
 * Migrates an SA for each row and finds out what those that went wrong have in common.
 *
 * @param migrate installs an SA a row, each with a number of its own from the second argument on
 */
export function judgeRows(
  { seed, xfrm }: Pick<CaseContext, 'seed' | 'xfrm'>,
  table: Table,
  rows: readonly Row[],
  migrate: (rows: readonly Row[], first: number) => Outcome[],
): Fields {
  const outcomes = migrate(rows, 0);
  const { reply } = outcomes.find((each) => each.reply.errno === 'OK') ?? outcomes[0]!;
  let next = rows.length;
  const again = (row: Row) => {
    // What is there takes time to look at.
    xfrm.flushSas();
    return migrate([row], next++)[0]!;
  };
  const causes = (wrongOf: (outcome: Outcome) => Wrong) =>
    findCauses(
      table,
      outcomes.map((outcome) => ({ row: outcome.row, wrong: wrongOf(outcome) })),
      (row) => wrongOf(again(row)),
    );
  return {
    seed,
    rows: rows.length,
    reply,
    wrong: causes((outcome) => ({ ...compareReplies(reply, outcome.reply), ...outcome.sa })),
    heardWrong: causes(({ heard }) => heard),
  };
}

function compareReplies(expected: Reply, seen: Reply): Wrong {
  const [should, is] = [expected, seen].map(({ errno, extack }) =>
    [errno, extack?.message].filter(Boolean).join(': '),
  ) as [string, string];
  return is === should ? {} : { reply: { expected: should, seen: is } };
}
