import { UsageError } from '../error.ts';
import { defaultCacheDir } from '../kernel/cache.ts';
import type { Kernel } from '../kernel/kernel.ts';
import { bootWithRetries } from './boot-attempts.ts';
import { removeStaleDirectories } from './boot-directory.ts';
import type { BootLimits } from './boot-watch.ts';
import { guestInitramfs } from './guest-image.ts';
import { guestParameters } from './guest-parameters.ts';
import type { BootOptions, Machine, Payload, PreparedMachine } from './machine.ts';
import { trimGuests } from './trim-guests.ts';
import { bootUml } from './uml-boot.ts';
import { type UmlCommand, umlPort } from './uml-command.ts';

/** Boots kernels that were built with ARCH=um: processes of the host, without KVM or root rights. */
export const uml: Machine = { name: 'uml', prepare };

/** A sanitizer makes a boot about ten times slower, hence the patience. */
const limits: BootLimits = { silenceMs: 20_000, totalMs: 120_000, panicMs: 3000 };

async function prepare(
  kernel: Kernel,
  payload: Payload,
  signal: AbortSignal,
): Promise<PreparedMachine> {
  const { image } = kernel;
  if (image === null || kernel.facts.arch !== 'um') {
    throw new UsageError(
      `${kernel.spec} was not built with ARCH=um: User Mode Linux cannot run it`,
    );
  }
  checkConfig(kernel);
  await removeStaleDirectories();
  const content = {
    ...{ agent: payload.agent, modules: [], port: umlPort, signedModules: true },
    readsLz4: kernel.facts.config?.RD_LZ4 === 'y',
  };
  const cacheDir = defaultCacheDir();
  const guest = await guestInitramfs(content, { cacheDir, signal });
  await trimGuests(cacheDir);
  if (guest.kind !== 'initramfs') throw new Error('no initramfs');
  const command = {
    initramfs: guest.initramfs,
    memoryMiB: memoryFor(kernel),
    keepsInitrd: hasKmemleak(kernel),
    skipsIdleTime: canSkipIdleTime(kernel),
    extraParameters: guestParameters(kernel),
  };
  return { boot: (options) => boot(image, kernel, command, options) };
}

/** A kernel of somebody else's making may lack what this machine stands on, or have too much. */
function checkConfig({ spec, facts: { config } }: Kernel): void {
  if (config === null) return;
  const open = ['HOSTFS', 'BLK_DEV_UBD'].filter((each) => config[each] !== undefined);
  if (open.length > 0) {
    throw new UsageError(
      `${spec} has ${open.join(' and ')}, through which its guest could write to files of this host: build it without`,
    );
  }
  const missing = ['BLK_DEV_INITRD', 'SSL', 'DEVTMPFS'].filter((each) => config[each] !== 'y');
  if (missing.length === 0) return;
  throw new UsageError(`${spec} lacks what a UML guest needs: build it with ${missing.join(', ')}`);
}

/** Cases that wait for an SA to expire or for a keepalive then take no time. */
function canSkipIdleTime(kernel: Kernel): boolean {
  return kernel.facts.config?.UML_TIME_TRAVEL_SUPPORT === 'y';
}

/** Taken from the host as the guest touches it, but for 16 bytes a KiB. KASAN quarantines what is freed. */
function memoryFor({ facts: { config } }: Kernel): number {
  return config?.KASAN === 'y' ? 1024 : 512;
}

function hasKmemleak({ facts: { config } }: Kernel): boolean {
  return config?.DEBUG_KMEMLEAK === 'y';
}

function boot(
  image: string,
  kernel: Kernel,
  command: Omit<UmlCommand, 'directory'>,
  options: BootOptions,
) {
  options.onProgress?.('booting (uml)');
  const attempts = {
    what: kernel.spec,
    onProgress: options.onProgress,
    advice: 'see its console for how far it got',
  };
  return bootWithRetries(attempts, (retries) =>
    bootUml({
      image,
      command,
      what: kernel.spec,
      cpu: options.cpu,
      limits,
      retries,
      onConsole: options.onConsole,
      signal: options.signal,
    }),
  );
}
