/**
 * Upstream version of a Debian package version: "7.3.4" of "7.3.4-1~bpo13+1", "7.3-rc7" of
 * "7.3~rc7-1~exp1".
 */
export function upstreamVersion(debianVersion: string): string {
  return debianVersion
    .replace(/^\d+:/, '')
    .replace(/-[^-]*$/, '')
    .replace('~', '-');
}

/** Upstream version at the start of a `uname -r`: "7.3.4" of "7.3.4+deb13-cloud-amd64". */
export function versionOfRelease(release: string): string | null {
  return /^\d+\.\d+(\.\d+)?(-rc\d+)?/.exec(release)?.[0] ?? null;
}

/**
 * The upstream version that a kernel says it is: the release "6.1.0-50-cloud-amd64" hides that it
 * is Debian's 6.1.176, which the rest of the text tells.
 */
export function versionOfText(versionText: string): string | null {
  const debian = / Debian (\d\S*)/.exec(versionText)?.[1];
  return debian ? upstreamVersion(debian) : versionOfRelease(versionText);
}

/** Negative when a is older than b: 7.3-rc7 < 7.3 < 7.3.1. */
export function compareVersions(a: string, b: string): number {
  const [x, y] = [parts(a), parts(b)];
  for (let i = 0; i < x.length; i++) if (x[i] !== y[i]) return x[i]! - y[i]!;
  return 0;
}

/** Major, minor, patch, release candidate; no candidate counts more than any. */
function parts(version: string): number[] {
  const match = /^(\d+)\.(\d+)(?:\.(\d+))?(?:-rc(\d+))?/.exec(version);
  if (!match) return [0, 0, 0, 0];
  return [
    Number(match[1]),
    Number(match[2]),
    Number(match[3] ?? 0),
    match[4] === undefined ? Number.MAX_SAFE_INTEGER : Number(match[4]),
  ];
}

/** The series that a version belongs to: "7.3" of "7.3.4". */
export function seriesOf(version: string): string {
  return /^\d+\.\d+/.exec(version)?.[0] ?? version;
}
