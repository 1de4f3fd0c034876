import { parseControl, type Stanza } from './control.ts';

/** A binary package of a signed index. */
export interface AptPackage {
  name: string;
  version: string;
  architecture: string;
  /** "trixie-backports" */
  suite: string;
  /** Path below the mirror: "pool/main/l/linux/….deb". */
  filename: string;
  /** Bytes of the .deb. */
  size: number;
  /** Hex. */
  sha256: string;
  depends: string;
}

/**
 * The packages of the kernel team (linux-*, without debug symbols) in a Packages file. Pure; quick
 * on the tens of megabytes that a whole suite has.
 */
export function kernelPackages(list: string, suite: string): AptPackage[] {
  const packages: AptPackage[] = [];
  const start = 'Package: linux-';
  for (let at = list.startsWith(start) ? 0 : next(list, 0); at >= 0; at = next(list, at)) {
    const end = list.indexOf('\n\n', at);
    const [stanza] = parseControl(list.slice(at, end < 0 ? undefined : end));
    if (stanza) packages.push(...asPackage(stanza, suite));
  }
  return packages;

  function next(text: string, from: number): number {
    const found = text.indexOf(`\n\n${start}`, from);
    return found < 0 ? -1 : found + 2;
  }
}

function asPackage(stanza: Stanza, suite: string): AptPackage[] {
  const { package: name, version, architecture, filename, size, sha256, depends = '' } = stanza;
  if (!name || name.endsWith('-dbg')) return [];
  // An entry without its hash could not be checked.
  if (!version || !architecture || !filename || !size || !/^[0-9a-f]{64}$/.test(sha256 ?? ''))
    return [];
  return [
    { name, version, architecture, suite, filename, size: Number(size), sha256: sha256!, depends },
  ];
}
