import { createHash } from 'node:crypto';
import { InvalidArgumentError, Option } from 'commander';
import type { Shard } from '../report/results.ts';

/** `--shard K/N`, for commands that choose cases. */
export function shardOption(): Option {
  return new Option(
    '--shard <k/n>',
    'only the k-th of n parts of the cases; a case stays in its part when others come or go',
  ).argParser(parseShard);
}

/** "2/5" */
export function parseShard(text: string): Shard {
  const [, index = 0, count = 0] = /^(\d+)\/(\d+)$/.exec(text)?.map(Number) ?? [];
  if (index < 1 || index > count || count > mostShards)
    throw new InvalidArgumentError(
      `It must be K/N, the part and how many there are: 1/5 to 5/5, at most ${mostShards}.`,
    );
  return { index, count };
}

const mostShards = 1000;

/** The cases of one shard. */
export function inShard<Named extends { readonly id: string }>(
  cases: readonly Named[],
  shard: Shard | undefined,
): readonly Named[] {
  if (shard === undefined) return cases;
  return cases.filter(({ id }) => shardOf(id, shard.count) === shard.index);
}

/** Which of so many shards a case is in, from 1 on: by its id alone, so that no other case moves it. */
export function shardOf(id: string, count: number): number {
  return (createHash('sha256').update(id).digest().readUInt32BE(0) % count) + 1;
}
