/** What an earlier, complete build of the same kind took. */
export interface BuildHistory {
  objects: number;
  seconds: number;
}

/** Objects and seconds per object to expect of a first build, measured on two slow cores. */
const firstBuild = {
  um: { objects: 820, seconds: 300 },
  x86: { objects: 1550, seconds: 700 },
} as const satisfies Record<string, BuildHistory>;

/** A rebuild of so many may turn out to be one of all, and takes long enough to be asked of. */
const manyObjects = 50;

/**
 * What the whole build took of which this run made a part.
 *
 * @param already objects that were there before
 * @param latest those that it made, and the time that they took
 * @param history what an earlier build took: the few objects that may be left after an interruption, and
 *   linking, tell nothing of the rest
 */
export function wholeBuild(
  already: number,
  latest: BuildHistory,
  arch: 'um' | 'x86',
  history: BuildHistory | null,
): BuildHistory {
  const { objects, seconds } = history ?? firstBuild[arch];
  return {
    objects: already + latest.objects,
    seconds: latest.seconds + already * (seconds / objects),
  };
}

/**
 * One short phrase on how far a build is: "building, 210 of about 811 objects, 2 min left". An
 * interrupted build counts on from what it had made (`already`).
 *
 * How many objects an incremental build will touch is not known before it is done; so the time left
 * is told only while a build from nothing is under way.
 */
export function buildPhrase(
  objects: number,
  elapsedSeconds: number,
  options: {
    arch: 'um' | 'x86';
    fromNothing: boolean;
    already: number;
    history: BuildHistory | null;
  },
): string {
  const expected = options.history ?? firstBuild[options.arch];
  if (!options.fromNothing) {
    const made = `rebuilding what changed, ${objects} ${objects === 1 ? 'object' : 'objects'} so far`;
    return objects < manyObjects ? made : `${made}, about ${expected.objects} at most`;
  }
  const made = options.already + objects;
  const total = Math.max(expected.objects, made);
  const left = timeLeft(objects, total - options.already, elapsedSeconds, expected);
  return `building, ${made} of about ${total} objects, ${left} left`;
}

/** Blends the pace of the earlier build with this one's, which counts more the further it is. */
function timeLeft(
  objects: number,
  total: number,
  elapsedSeconds: number,
  expected: BuildHistory,
): string {
  const done = total === 0 ? 1 : objects / total;
  const earlierPace = expected.seconds / expected.objects;
  const pace = objects === 0 ? earlierPace : elapsedSeconds / objects;
  return duration((total - objects) * (done * pace + (1 - done) * earlierPace));
}

/** "40 s", "3 min" */
export function duration(seconds: number): string {
  if (seconds < 90) return `${Math.max(1, Math.round(seconds))} s`;
  return `${Math.round(seconds / 60)} min`;
}
