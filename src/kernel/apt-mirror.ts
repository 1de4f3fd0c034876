import { readFile } from 'node:fs/promises';
import { HarnessError, UsageError } from '../error.ts';
import { parseControl, type Stanza } from './control.ts';
import { runTool } from './host-tool.ts';

/**
 * The Debian mirrors that apt on this machine is set up with, best first, each ending in "/".
 *
 * Throws a HarnessError when there is none: a distribution that is not Debian, for instance.
 */
export async function configuredMirrors(signal: AbortSignal): Promise<string[]> {
  const result = await runTool('apt-get', ['indextargets'], {
    signal,
    timeoutMs: 30_000,
    package: 'apt',
  });
  const mirrors = debianMirrors(parseControl(result.stdout));
  if (mirrors.length > 0) return mirrors;
  throw new HarnessError(
    'apt on this machine is set up with no mirror of the Debian archive: name one with --mirror URL.',
  );
}

/** The mirrors among the index targets of apt that carry Debian itself. Pure. */
export function debianMirrors(targets: readonly Stanza[]): string[] {
  const debian = targets.filter((target) => target['target-of'] === 'deb' && isDebian(target));
  return [...new Set(debian.map((target) => withSlash(target['repo-uri'] ?? '')))].filter(
    (uri) => uri !== '/',
  );
}

/** The security archive is Debian's too, but has no backports: only the label tells them apart. */
function isDebian(target: Stanza): boolean {
  if (target.origin) return target.origin === 'Debian' && target.label === 'Debian';
  // Before the first `apt-get update`, apt knows no origin: go by the suite and the path.
  return (
    /^(bookworm|trixie|forky|sid|stable|oldstable|testing|unstable)/.test(target.release ?? '') &&
    /\/debian\/?$/.test(target['repo-uri'] ?? '')
  );
}

/** A mirror that a person named, checked and ending in "/". */
export function parseMirror(url: string): string {
  if (!/^(https?|file|copy|mirror\+\w+|tor\+https?):\/?\S+$/.test(url)) {
    throw new UsageError(
      `${JSON.stringify(url)} is not the address of a Debian mirror: it looks like "https://HOST/debian/".`,
    );
  }
  return withSlash(url);
}

function withSlash(url: string): string {
  return url.endsWith('/') ? url : `${url}/`;
}

/**
 * The addresses at which a single file of this mirror can be asked for. apt's `mirror+file:` names
 * a list of mirrors, which apt expands for whole suites only.
 */
export async function fileMirrors(mirror: string): Promise<string[]> {
  const list = /^mirror\+file:(.*?)\/?$/.exec(mirror)?.[1];
  if (list === undefined) return [mirror];
  const lines = (await readFile(list.replace(/^\/\/+/, '/'), 'utf8')).split('\n');
  return lines
    .map((line) => line.trim().split(/\s+/)[0] ?? '')
    .filter((url) => url !== '' && !url.startsWith('#'))
    .map(withSlash);
}
