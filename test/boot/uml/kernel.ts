import { defaultCacheDir } from '../../../src/kernel/cache.ts';
import type { Kernel } from '../../../src/kernel/kernel.ts';
import { resolveKernels } from '../../../src/kernel/resolve.ts';
import { unpackedSource } from '../../../src/kernel/source.ts';
import { kernelTree } from '../../../src/kernel/tree.ts';
import { parseSourceSpec, parseTreeSpec } from '../../../src/kernel/tree-spec.ts';

/**
 * The sources that tests build: Debian's, the same everywhere. A developer who has a tree may name
 * it here, as "tree:PATH".
 */
const sources = process.env.XFRM_CONFORM_TEST_SOURCES ?? 'source:7.3.4';

/** A first build downloads and compiles for minutes; the cache makes it a second the next time. */
export const buildTimeoutMs = 40 * 60_000;

const options = { cacheDir: defaultCacheDir(), signal: new AbortController().signal };

export async function umlKernel(
  variant = '',
  onProgress: (phrase: string) => void = () => {},
): Promise<Kernel> {
  const [kernel] = await resolveKernels(`${sources}${variant}`, { ...options, onProgress });
  if (!kernel) throw new Error(`${sources} names no kernel`);
  return kernel;
}

/** The root of those sources. */
export async function testTree(): Promise<string> {
  const [scheme, rest] = [sources.slice(0, sources.indexOf(':')), sources.replace(/^\w+:/, '')];
  return scheme === 'tree'
    ? kernelTree(parseTreeSpec(rest).path)
    : unpackedSource(parseSourceSpec(rest).version, options);
}
