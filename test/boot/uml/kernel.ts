import { kernelOf } from '../machine/kernel.ts';

/**
 * The sources that tests build: Debian's, the same everywhere. A developer who has a tree may name
 * it here, as "tree:PATH".
 */
const sources = process.env.XFRM_CONFORM_TEST_SOURCES ?? 'source:7.3.4';

/** A first build downloads and compiles for minutes; the cache makes it a second the next time. */
export const buildTimeoutMs = 40 * 60_000;

export function umlKernel(variant = '') {
  return kernelOf(`${sources}${variant}`);
}
