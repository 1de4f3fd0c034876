import { HarnessError, UsageError } from '../error.ts';
import { defaultCacheDir } from '../kernel/cache.ts';
import type { Kernel } from '../kernel/kernel.ts';
import { bootWithRetries } from './boot-attempts.ts';
import type { BootLimits } from './boot-watch.ts';
import { findProgram } from './find-program.ts';
import { canMakeDisks, type GuestContent, guestDisks, guestInitramfs } from './guest-image.ts';
import { bootableImage } from './kernel-image.ts';
import type { BootOptions, Machine, Payload, PreparedMachine } from './machine.ts';
import { resolveModules } from './modules.ts';
import { bootQemu } from './qemu-boot.ts';
import { agentPort, type DiskDriver, type QemuCommand } from './qemu-command.ts';

const program = 'qemu-system-x86_64';

/** Without these the agent cannot be heard; init loads them first. */
const machineModules = ['virtio_pci', 'virtio_console'];

const limits: BootLimits = { silenceMs: 20_000, totalMs: 180_000, panicMs: 3000 };

/** Boots x86 kernels in QEMU, with KVM where it works and emulated where it does not. */
export const qemu: Machine = { name: 'qemu', prepare };

async function prepare(
  kernel: Kernel,
  payload: Payload,
  signal: AbortSignal,
): Promise<PreparedMachine> {
  const qemuPath = findProgram(program);
  if (qemuPath === null) {
    throw new HarnessError('QEMU is not installed: run apt-get install qemu-system-x86.');
  }
  if (kernel.image === null || kernel.facts.arch !== 'x86_64') {
    throw new UsageError(`${kernel.spec} is no x86_64 kernel image: QEMU cannot boot it.`);
  }
  const wanted = [...machineModules, ...payload.modules];
  const modules = kernel.modulesDir ? await resolveModules(kernel.modulesDir, wanted) : [];
  const cache = { cacheDir: defaultCacheDir(), signal };
  const image = await bootableImage(kernel.image, cache);
  const disk = diskDriver(kernel);
  const content: GuestContent = { agent: payload.agent, modules, port: agentPort };
  const guest = await (disk ? guestDisks : guestInitramfs)(content, cache);
  const command: QemuCommand = {
    image,
    guest,
    disk: disk ?? 'nvme',
    accelerator: 'tcg',
    memoryMiB: 512,
    cpus: 2,
    extraParameters: [],
  };
  return { boot: (options) => boot(qemuPath, kernel, command, options) };
}

function boot(qemuPath: string, kernel: Kernel, command: QemuCommand, options: BootOptions) {
  options.onProgress?.(`booting (${command.accelerator})`);
  const attempts = {
    what: kernel.spec,
    onProgress: options.onProgress,
    advice: 'see its console for how far it got',
  };
  return bootWithRetries(attempts, (retries) =>
    bootQemu({
      qemu: qemuPath,
      command,
      what: kernel.spec,
      limits,
      retries,
      signal: options.signal,
    }),
  );
}

/** How this kernel can read our disks by itself; null when it needs an initramfs. */
function diskDriver({ facts: { config } }: Kernel): DiskDriver | null {
  const has = (...symbols: string[]) => symbols.every((symbol) => config?.[symbol] === 'y');
  if (!canMakeDisks() || !has('EXT4_FS', 'MSDOS_PARTITION', 'DEVTMPFS', 'PCI')) return null;
  if (has('BLK_DEV_NVME')) return 'nvme';
  return has('VIRTIO_BLK', 'VIRTIO_PCI') ? 'virtio-blk' : null;
}
