/** Major, minor, patch level; a release candidate counts below the release it leads to. */
type Version = readonly [major: number, minor: number, patch: number, candidate: number];

/**
 * Compares upstream kernel versions: negative when a is older, 0 when equal, positive when newer.
 *
 * 7.3-rc7 < 7.3 < 7.3.4; 6.9 < 6.12; 7.3.0-rc7 is 7.3-rc7. What follows ("+deb13-cloud-amd64",
 * "-dirty") is not looked at. Not semver: most kernel versions are none.
 *
 * Throws a RangeError when either is no kernel version; see `isVersion`.
 */
export function compareVersions(a: string, b: string): number {
  const [left, right] = [parse(a), parse(b)];
  for (const [index, part] of left.entries()) {
    const other = right[index]!;
    // Release candidates of a release are Infinity for the release itself: no subtraction.
    if (part !== other) return part < other ? -1 : 1;
  }
  return 0;
}

/** Whether the text starts with a kernel version, so that it can be compared. */
export function isVersion(text: string): boolean {
  return pattern.test(text);
}

/**
 * Whether a version lies in a range, both ends included; null is an open end.
 *
 * An upper end like "7.2.*" includes every stable release of 7.2. A version that cannot be read
 * ("next") lies only in the range that is open at both ends.
 */
export function inRange(
  version: string,
  { from, to }: { readonly from: string | null; readonly to: string | null },
): boolean {
  if (from === null && to === null) return true;
  if (!isVersion(version)) return false;
  if (from !== null && compareVersions(version, from) < 0) return false;
  if (to === null) return true;
  const series = to.match(/^(\d+\.\d+)\.\*$/)?.[1];
  if (series === undefined) return compareVersions(version, to) <= 0;
  const [major, minor] = parse(version);
  return compareVersions(`${major}.${minor}`, series) <= 0;
}

const pattern = /^v?(\d+)\.(\d+)(?:\.(\d+))?(?:-rc(\d+))?/;

function parse(text: string): Version {
  const match = pattern.exec(text);
  if (match === null) throw new RangeError(`"${text}" is no kernel version like 7.3.4 or 7.3-rc7`);
  const [, major, minor, patch, candidate] = match;
  return [
    Number(major),
    Number(minor),
    Number(patch ?? 0),
    candidate === undefined ? Number.POSITIVE_INFINITY : Number(candidate),
  ];
}
