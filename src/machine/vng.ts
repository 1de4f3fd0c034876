import { HarnessError, UsageError } from '../error.ts';
import { defaultCacheDir } from '../kernel/cache.ts';
import type { Kernel } from '../kernel/kernel.ts';
import { bootWithRetries } from './boot-attempts.ts';
import { removeStaleDirectories } from './boot-directory.ts';
import type { BootLimits } from './boot-watch.ts';
import { findProgram } from './find-program.ts';
import { findVng } from './find-vng.ts';
import { guestParameters } from './guest-parameters.ts';
import { Kvm } from './kvm.ts';
import type { BootOptions, Machine, Payload, PreparedMachine } from './machine.ts';
import { bootVng } from './vng-boot.ts';

/** Boots x86 kernels that were built from a tree through virtme-ng, the host's root below them. */
export const vng: Machine = { name: 'vng', prepare };

const memoryMiB = 1024;
const cpus = 2;

/** virtme-ng has no deadline of its own. Over 9p and emulated, Node alone takes seconds to start. */
const limits: Record<'kvm' | 'tcg', BootLimits> = {
  kvm: { firstByteMs: 15_000, silenceMs: 20_000, totalMs: 90_000, panicMs: 2000 },
  tcg: { firstByteMs: 20_000, silenceMs: 60_000, totalMs: 240_000, panicMs: 5000 },
};

async function prepare(
  kernel: Kernel,
  payload: Payload,
  _signal: AbortSignal,
): Promise<PreparedMachine> {
  const program = findVng();
  if (program === null) {
    throw new HarnessError(
      'virtme-ng is not installed: install the package virtme-ng, or run scripts/install-virtme-ng where the distribution has none.',
    );
  }
  const qemu = findProgram('qemu-system-x86_64');
  if (qemu === null) {
    throw new HarnessError('QEMU is not installed: run apt-get install qemu-system-x86.');
  }
  const image = checkKernel(kernel);
  await removeStaleDirectories();
  const kvm = new Kvm(defaultCacheDir(), qemu);
  return {
    boot: async (options) =>
      boot(program, await accelerator(kvm, options), image, kernel, payload, options),
  };
}

/** What virtme-ng needs built in: it loads no modules where there is no directory of them. */
const builtIn = [
  'VIRTIO_PCI',
  'VIRTIO_CONSOLE',
  'NET_9P_VIRTIO',
  '9P_FS',
  'OVERLAY_FS',
  'DEVTMPFS',
];

function checkKernel({ spec, image, facts }: Kernel): string {
  if (image === null || facts.arch !== 'x86_64') {
    throw new UsageError(`${spec} is no x86_64 kernel image: add ",arch=x86" to a tree or source.`);
  }
  const missing = builtIn.filter((symbol) => facts.config?.[symbol] !== 'y');
  if (facts.config !== null && missing.length > 0) {
    throw new UsageError(
      `virtme-ng cannot run ${spec}: it lacks ${missing.join(', ')} built in; use --machine qemu, or a tree with ",arch=x86".`,
    );
  }
  return image;
}

/** virtme-ng takes any KVM that is there; one that has not proven itself in QEMU may hang it. */
async function accelerator(kvm: Kvm, { acceleration }: BootOptions): Promise<'kvm' | 'tcg'> {
  if (acceleration !== 'auto') return acceleration;
  return (await kvm.verdict()).verdict === 'works' ? 'kvm' : 'tcg';
}

function boot(
  program: string,
  accelerator: 'kvm' | 'tcg',
  image: string,
  kernel: Kernel,
  { agent }: Payload,
  options: BootOptions,
) {
  options.onProgress?.(`booting (vng, ${accelerator})`);
  const attempts = {
    what: kernel.spec,
    onProgress: options.onProgress,
    advice: 'see its console for how far it got, or use --machine qemu',
  };
  return bootWithRetries(attempts, (retries) =>
    bootVng({
      vng: program,
      command: {
        ...{ image, agent, accelerator, memoryMiB, cpus },
        extraParameters: guestParameters(kernel),
      },
      what: kernel.spec,
      limits: limits[accelerator],
      retries,
      onConsole: options.onConsole,
      signal: options.signal,
    }),
  );
}
