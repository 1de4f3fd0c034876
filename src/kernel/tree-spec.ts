import { existsSync } from 'node:fs';
import { homedir } from 'node:os';
import { resolve } from 'node:path';
import { UsageError } from '../error.ts';
import { type BuildArch, fragmentPaths } from './build/variants.ts';

/** How a kernel is built, whatever its sources. */
export interface BuildSpec {
  arch: BuildArch;
  /** As they were named, without the default. */
  variants: readonly string[];
}

/** "tree:PATH[@REVISION][+VARIANT…][,arch=um|x86]", taken apart. */
export interface TreeSpec extends BuildSpec {
  /** Absolute. */
  path: string;
  /** Any revision that git knows; null: the work tree as it is. */
  revision: string | null;
}

/** "source:VERSION[+VARIANT…][,arch=um|x86]", taken apart. */
export interface SourceSpec extends BuildSpec {
  version: string;
}

/**
 * Takes what follows "tree:" apart. A directory may have any of these signs in its name: the longest
 * part that is a directory counts as the path. Throws a UsageError for an unknown option or variant.
 */
export function parseTreeSpec(
  text: string,
  isDirectory: (path: string) => boolean = existsSync,
): TreeSpec {
  const { rest, build } = splitBuildSpec(text, (part) => isDirectory(expand(part)));
  const at = rest.lastIndexOf('@');
  const hasRevision = at > 0 && !isDirectory(expand(rest));
  const path = expand(hasRevision ? rest.slice(0, at) : rest);
  const revision = hasRevision ? rest.slice(at + 1) : null;
  if (rest === '' || revision === '') {
    throw new UsageError(`"tree:${text}" names no ${rest === '' ? 'path' : 'revision'}: ${shape}`);
  }
  return { path, revision, ...build };
}

const shape = 'a tree is written tree:PATH[@REVISION][+VARIANT][,arch=x86]';

/** Takes what follows "source:" apart. */
export function parseSourceSpec(text: string): SourceSpec {
  const { rest, build } = splitBuildSpec(text, () => false);
  if (!/^\d+\.\d+(\.\d+)?$/.test(rest)) {
    throw new UsageError(
      `"source:${text}" names no kernel version: write source:7.3.4 or source:7.3, maybe with +VARIANT`,
    );
  }
  return { version: rest, ...build };
}

/** The canonical text of a tree spec: given to --kernel it names the same kernel again. */
export function formatTreeSpec(spec: TreeSpec): string {
  return `tree:${spec.path}${spec.revision === null ? '' : `@${spec.revision}`}${formatBuild(spec)}`;
}

export function formatSourceSpec(spec: SourceSpec): string {
  return `source:${spec.version}${formatBuild(spec)}`;
}

function formatBuild(build: BuildSpec): string {
  const named = build.variants.filter((variant) => variant !== 'migrate');
  const arch = build.arch === 'um' ? '' : `,arch=${build.arch}`;
  return `${named.map((variant) => `+${variant}`).join('')}${arch}`;
}

/** Cuts ",name=value" and "+variant" off the end, as long as what is left is not a path. */
function splitBuildSpec(
  text: string,
  isPath: (part: string) => boolean,
): { rest: string; build: BuildSpec } {
  let rest = text;
  let arch: BuildArch = 'um';
  const variants: string[] = [];
  while (!isPath(rest)) {
    const [, before, sign, word] = /^(.*)([,+])([^,+/@]*)$/.exec(rest) ?? [];
    if (before === undefined || word === undefined) break;
    if (sign === '+') variants.unshift(word);
    else arch = parseOption(word);
    rest = before;
  }
  fragmentPaths(arch, variants);
  return { rest, build: { arch, variants: [...new Set(variants)] } };
}

function parseOption(option: string): BuildArch {
  if (option === 'arch=um' || option === 'arch=x86') return option.slice(5) as BuildArch;
  throw new UsageError(
    `unknown option "${option}" of a kernel that is built: there is arch=um (the default) or arch=x86`,
  );
}

/** The shell leaves a ~ alone that does not begin a word. */
function expand(path: string): string {
  return resolve(path.replace(/^~(?=\/|$)/, homedir()));
}
