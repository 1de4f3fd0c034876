import { HarnessError, UsageError } from '../error.ts';
import { listKernels } from '../kernel/list.ts';
import type { ResolveOptions } from '../kernel/scheme.ts';
import { compareVersions } from '../kernel/version.ts';

/**
 * The specs of the prebuilt Debian kernels from one to another, the oldest first. An end may be named
 * as "debian:7.2.6", "7.2.6", or "7.2" for the newest of a series.
 *
 * Throws a UsageError when an end is not among them, or they are the wrong way round.
 */
export async function releasesBetween(
  old: string,
  recent: string,
  options: ResolveOptions,
): Promise<string[]> {
  const { kernels, problem } = await listKernels(options);
  const versions = kernels
    .filter(({ spec }) => spec.startsWith('debian:'))
    .map(({ spec }) => spec.slice('debian:'.length))
    .sort(compareVersions);
  if (versions.length === 0)
    throw new HarnessError(
      `There is no prebuilt kernel at hand: ${problem ?? 'the list is empty'}`,
    );
  return between(versions, old, recent).map((version) => `debian:${version}`);
}

/** @param versions the oldest first */
export function between(versions: readonly string[], old: string, recent: string): string[] {
  const [from, to] = [old, recent].map((each) => versions.indexOf(versionNamed(each, versions)));
  if (from! > to!)
    throw new UsageError(
      `${old} is newer than ${recent}: --good (--old) names the older end; what was wrong there and is right later is found with --first pass`,
    );
  if (from === to)
    throw new UsageError(`${old} and ${recent} are the same release: name two of them`);
  return versions.slice(from, to! + 1);
}

function versionNamed(name: string, versions: readonly string[]): string {
  const wanted = name.replace(/^debian:/, '');
  const found =
    wanted === 'latest'
      ? versions.at(-1)
      : versions.findLast((each) => each === wanted || each.startsWith(`${wanted}.`));
  if (found !== undefined) return found;
  throw new UsageError(
    `${name} is no prebuilt release: there are ${versions[0]} to ${versions.at(-1)} ("xfrm-conform kernels" lists them)`,
  );
}
