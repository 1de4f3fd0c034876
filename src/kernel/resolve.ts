import { UsageError } from '../error.ts';
import { debian } from './debian.ts';
import { image } from './image.ts';
import type { Kernel } from './kernel.ts';
import { nearestWord } from './nearest.ts';
import { running } from './running.ts';
import type { KernelScheme, ResolveOptions } from './scheme.ts';
import { sourceKernel } from './source.ts';
import { treeKernel } from './tree.ts';
import { parseSourceSpec, parseTreeSpec } from './tree-spec.ts';

/** Every way to name a kernel. */
export const schemes: readonly KernelScheme[] = [
  debian,
  {
    name: 'tree',
    usage: 'tree:PATH[@REVISION][+VARIANT][,arch=x86]',
    summary: 'a kernel built from a source tree',
    resolve: async (rest, options) => [await treeKernel(parseTreeSpec(rest), options)],
  },
  {
    name: 'source',
    usage: 'source:VERSION[+VARIANT][,arch=x86]',
    summary: "a kernel built from Debian's source package",
    resolve: async (rest, options) => [await sourceKernel(parseSourceSpec(rest), options)],
  },
  image,
  running,
];

/**
 * The kernels that a spec names, fetched or built where needed: one, or many for "debian:all".
 *
 * Throws a UsageError for a spec that names no kernel, with what was probably meant; a HarnessError
 * when a kernel cannot be had.
 */
export async function resolveKernels(spec: string, options: ResolveOptions): Promise<Kernel[]> {
  const colon = spec.indexOf(':');
  const name = colon < 0 ? spec : spec.slice(0, colon);
  const rest = colon < 0 ? '' : spec.slice(colon + 1);
  const scheme = schemes.find((each) => each.name === name);
  if (!scheme) throw unknownScheme(spec, name, rest);
  return scheme.resolve(rest, options);
}

function unknownScheme(spec: string, name: string, rest: string): UsageError {
  const usages = schemes.map(({ usage }) => usage).join(', ');
  const meant = probablyMeant(spec, name, rest);
  const hint = meant === null ? `write one of ${usages}.` : `did you mean ${meant}?`;
  return new UsageError(`${JSON.stringify(spec)} names no kernel: ${hint}`);
}

function probablyMeant(spec: string, name: string, rest: string): string | null {
  if (/^(\d+\.\d|latest$)/.test(spec)) return `debian:${spec}`;
  if (/^[./~]/.test(spec)) return `tree:${spec} or image:${spec}`;
  const nearest = nearestWord(
    name,
    schemes.map((scheme) => scheme.name),
  );
  if (nearest === null) return null;
  return rest === '' ? nearest : `${nearest}:${rest}`;
}
