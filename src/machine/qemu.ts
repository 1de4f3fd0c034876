import { HarnessError, UsageError } from '../error.ts';
import { defaultCacheDir } from '../kernel/cache.ts';
import type { Kernel } from '../kernel/kernel.ts';
import { findProgram } from './find-program.ts';
import { canMakeDisks, type GuestContent, guestDisks, guestInitramfs } from './guest-image.ts';
import { guestParameters } from './guest-parameters.ts';
import { bootableImage } from './kernel-image.ts';
import { Kvm } from './kvm.ts';
import type { Machine, Payload, PreparedMachine } from './machine.ts';
import { resolveModules } from './modules.ts';
import { type BootPlan, bootAccelerated } from './qemu-accelerated.ts';
import { agentPort, type DiskDriver } from './qemu-command.ts';
import { trimGuests } from './trim-guests.ts';

const program = 'qemu-system-x86_64';

/** Without these the agent cannot be heard; init loads them first. */
const machineModules = ['virtio_pci', 'virtio_console'];

/** Boots x86 kernels in QEMU, with KVM where it works and emulated where it does not. */
export const qemu: Machine = { name: 'qemu', prepare };

async function prepare(
  kernel: Kernel,
  payload: Payload,
  signal: AbortSignal,
): Promise<PreparedMachine> {
  const plan = await planBoots(kernel, payload, signal);
  const kvm = new Kvm(defaultCacheDir(), plan.qemu);
  return { boot: (options) => bootAccelerated(plan, kvm, options) };
}

/** Everything about the boots of a kernel but their acceleration; makes what they boot from. */
export async function planBoots(
  kernel: Kernel,
  payload: Payload,
  signal: AbortSignal,
): Promise<BootPlan> {
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
  const hasKasan = kernel.facts.config?.KASAN === 'y';
  const image = await bootableImage(kernel.image, { ...cache, hasKasan });
  const disk = diskDriver(kernel);
  const content: GuestContent = {
    agent: payload.agent,
    modules,
    port: agentPort,
    signedModules: mustBeSigned(kernel),
  };
  const guest = await (disk ? guestDisks : guestInitramfs)(content, cache);
  await trimGuests(cache.cacheDir);
  const command: BootPlan['command'] = {
    image,
    guest,
    disk: disk ?? 'nvme',
    // Sanitizers keep a shadow of all memory, and quarantine what is freed.
    memoryMiB: hasKasan ? 2048 : 512,
    fineTimers: mayHaveIptfs(kernel),
    extraParameters: [
      ...(kernel.enforceModuleSignatures ? ['module.sig_enforce=1'] : []),
      ...guestParameters(kernel),
    ],
  };
  return { qemu: qemuPath, what: kernel.spec, command, slowness: hasKasan ? 5 : 1 };
}

/** IP-TFS sends what a fine timer tells it to; others have only to wait, which costs a twentieth less without. */
function mayHaveIptfs({ facts: { config } }: Kernel): boolean {
  return config === null || config.XFRM_IPTFS !== undefined;
}

/** Whether the kernel may refuse modules without a signature. */
function mustBeSigned({ enforceModuleSignatures, facts: { config } }: Kernel): boolean {
  return enforceModuleSignatures === true || config === null || config.MODULE_SIG_FORCE === 'y';
}

/** How this kernel can read our disks by itself; null when it needs an initramfs. */
function diskDriver({ facts: { config } }: Kernel): DiskDriver | null {
  const has = (...symbols: string[]) => symbols.every((symbol) => config?.[symbol] === 'y');
  if (!canMakeDisks() || !has('EXT4_FS', 'MSDOS_PARTITION', 'DEVTMPFS', 'PCI')) return null;
  if (has('BLK_DEV_NVME')) return 'nvme';
  return has('VIRTIO_BLK', 'VIRTIO_PCI') ? 'virtio-blk' : null;
}
