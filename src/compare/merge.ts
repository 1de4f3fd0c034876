import { UsageError } from '../error.ts';
import type { CaseResult, KernelResult, RunResults, Shard } from '../report/results.ts';
import { compareCase } from './compare.ts';

/** The results of a file. */
export interface Part {
  readonly path: string;
  readonly results: RunResults;
}

export interface Merged {
  readonly results: RunResults;
  /** What the reader must know, a sentence each. */
  readonly notes: readonly string[];
}

/**
 * Puts the results of shards, and of several kernels, together as those of one run.
 *
 * A kernel of which a shard is missing gets that as its problem. Throws a UsageError when the files
 * contradict each other: the same case on the same kernel with different outcomes, different kernels
 * of one spec, shards of different counts.
 *
 * @param order ids of cases in the order of a whole run
 */
export function mergeResults(parts: readonly Part[], order: readonly string[]): Merged {
  const specs = new Set(
    parts.flatMap(({ results }) => results.kernels.map(({ kernel }) => kernel.spec)),
  );
  const places = new Map(order.map((id, place) => [id, place]));
  const all = parts.map(({ results }) => results);
  const starts = all.map(({ startedAt }) => Date.parse(startedAt));
  const ends = all.map(({ durationMs }, index) => starts[index]! + durationMs);
  const first = Math.min(...starts);
  const tools = new Map(all.map(({ tool }) => [JSON.stringify(tool), tool]));
  return {
    results: {
      schema: 'xfrm-conform/results/1',
      tool: tools.size === 1 ? all[0]!.tool : { version: all[0]!.tool.version, commit: null },
      startedAt: new Date(first).toISOString(),
      durationMs: Math.max(...ends) - first,
      interrupted: all.some(({ interrupted }) => interrupted),
      kernels: [...specs].map((spec) => mergeKernel(spec, parts, places)),
    },
    notes: [
      ...(tools.size === 1 ? [] : [toolsNote([...tools.values()])]),
      ...(specs.size === 0 ? ['No file holds a kernel: nothing was run.'] : []),
    ],
  };
}

function toolsNote(tools: readonly RunResults['tool'][]): string {
  const names = tools.map(({ version, commit }) =>
    commit === null ? version : `${version} (${commit.slice(0, 12)})`,
  );
  return `The files are by different versions of xfrm-conform, whose cases may differ: ${names.join(', ')}.`;
}

/** What one file says of the kernel. */
interface Piece {
  readonly path: string;
  readonly shard: Shard | undefined;
  readonly result: KernelResult;
}

function mergeKernel(
  spec: string,
  parts: readonly Part[],
  places: ReadonlyMap<string, number>,
): KernelResult {
  const pieces = parts.flatMap(({ path, results }): Piece[] =>
    results.kernels
      .filter(({ kernel }) => kernel.spec === spec)
      .map((result) => ({ path, shard: results.shard, result })),
  );
  const [first] = pieces as [Piece, ...Piece[]];
  for (const piece of pieces) checkSameKernel(first, piece);
  const cases = mergeCases(pieces);
  const place = ({ id }: CaseResult) => places.get(id) ?? places.size;
  const results = pieces.map(({ result }) => result);
  return {
    kernel: {
      ...first.result.kernel,
      notes: [...new Set(results.flatMap(({ kernel }) => kernel.notes))],
    },
    boots: results.flatMap(({ boots }) => boots),
    cases: cases.sort((a, b) => place(a) - place(b)),
    problem: mergeProblems(results, missingShards(spec, pieces, parts)),
    durationMs: results.reduce((sum, { durationMs }) => sum + durationMs, 0),
  };
}

function checkSameKernel(first: Piece, other: Piece): void {
  const [a, b] = [first, other].map(
    ({ result: { kernel } }) => `${kernel.release} (${kernel.arch})`,
  );
  // A kernel that did not come up may not have said what it is.
  if (a === b || [first, other].some(({ result }) => result.problem !== null)) return;
  throw new UsageError(
    `${first.path} ran ${first.result.kernel.spec} as ${a} and ${other.path} as ${b}: these are not one kernel and cannot be merged.`,
  );
}

function mergeCases(pieces: readonly Piece[]): CaseResult[] {
  const seen = new Map<string, { path: string; result: CaseResult }>();
  for (const {
    path,
    result: { kernel, cases },
  } of pieces)
    for (const result of cases) {
      const earlier = seen.get(result.id);
      if (earlier !== undefined && compareCase(earlier.result, result) !== null)
        throw new UsageError(
          `${earlier.path} and ${path} contradict each other on ${result.id} on ${kernel.spec} (${verdicts(earlier.result, result)}); "xfrm-conform diff" shows how.`,
        );
      if (earlier === undefined) seen.set(result.id, { path, result });
    }
  return [...seen.values()].map(({ result }) => result);
}

function verdicts({ verdict: a }: CaseResult, { verdict: b }: CaseResult): string {
  return a.status === b.status
    ? `both ${a.status}, but not in the same way`
    : `${a.status} and ${b.status}`;
}

/** The shards of the kernel that no file has: "2/5". */
function missingShards(spec: string, pieces: readonly Piece[], parts: readonly Part[]): string[] {
  const sharded = pieces.filter(({ shard }) => shard !== undefined);
  const [first] = sharded;
  if (first === undefined) return [];
  const { count } = first.shard!;
  const odd = sharded.find(({ shard }) => shard!.count !== count);
  if (odd !== undefined)
    throw new UsageError(
      `${first.path} holds one of ${count} shards of ${spec} and ${odd.path} one of ${odd.shard!.count}: shards of one count belong together.`,
    );
  // A shard without any case has no kernels, either.
  const empty = parts.filter(
    ({ results }) => results.kernels.length === 0 && results.shard?.count === count,
  );
  const present = new Set(
    [...sharded.map(({ shard }) => shard!), ...empty.map(({ results }) => results.shard!)].map(
      ({ index }) => index,
    ),
  );
  return Array.from({ length: count }, (_, index) => index + 1)
    .filter((index) => !present.has(index))
    .map((index) => `${index}/${count}`);
}

function mergeProblems(
  results: readonly KernelResult[],
  missing: readonly string[],
): KernelResult['problem'] {
  const problems = results.flatMap(({ problem }) => problem ?? []);
  const shards =
    missing.length === 1
      ? `Shard ${missing[0]} is missing: its`
      : `Shards ${missing.join(', ')} are missing: their`;
  const messages = [
    ...new Set(problems.map(({ message }) => message)),
    ...(missing.length === 0 ? [] : [`${shards} cases have no verdict.`]),
  ];
  if (messages.length === 0) return null;
  return {
    message: messages.join(' '),
    console: problems
      .map(({ console }) => console)
      .filter(Boolean)
      .join('\n'),
  };
}
