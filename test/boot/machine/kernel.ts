import { defaultCacheDir } from '../../../src/kernel/cache.ts';
import type { Kernel } from '../../../src/kernel/kernel.ts';
import { resolveKernels } from '../../../src/kernel/resolve.ts';
import type { Payload } from '../../../src/machine/machine.ts';

/** The payload of tests that need only a guest: a stand-in for the agent. */
export const stubPayload: Payload = {
  agent: new URL('stub-agent.cjs', import.meta.url).pathname,
  modules: ['xfrm_user', 'esp4', 'dummy'],
};

/** The kernel that a spec names, from the user's cache where it is there. */
export async function kernelOf(spec: string): Promise<Kernel> {
  const { signal } = new AbortController();
  const [kernel] = await resolveKernels(spec, { cacheDir: defaultCacheDir(), signal });
  if (!kernel) throw new Error(`${spec} names no kernel`);
  return kernel;
}
