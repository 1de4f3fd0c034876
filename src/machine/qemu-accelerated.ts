import { HarnessError } from '../error.ts';
import { bootWithRetries, NoProgress } from './boot-attempts.ts';
import type { BootLimits } from './boot-watch.ts';
import type { Kvm } from './kvm.ts';
import { BootError, type BootOptions, type Guest } from './machine.ts';
import { bootQemu, MachineStopped, type QemuBoot } from './qemu-boot.ts';

/** What a boot needs besides its accelerator. */
export interface BootPlan extends Pick<QemuBoot, 'qemu' | 'what'> {
  command: Omit<QemuBoot['command'], 'accelerator'>;
  /** How many times longer than others the kernel may take. */
  slowness: number;
}

type Mode = 'kvm' | 'untriedKvm' | 'tcg';

/** How long a guest may take by what runs it, in milliseconds, on a host that is not busy. */
const limits: Record<Mode, BootLimits> = {
  kvm: { firstByteMs: 5000, silenceMs: 10_000, totalMs: 60_000, panicMs: 2000 },
  // A KVM that has proven nothing yet. One that works is heard within half a second.
  untriedKvm: { firstByteMs: 3000, silenceMs: 5000, totalMs: 60_000, panicMs: 2000 },
  tcg: { firstByteMs: 8000, silenceMs: 15_000, totalMs: 180_000, panicMs: 5000 },
};

/** Boot with the acceleration that was asked for: `auto` means KVM only where it proves itself. */
export async function bootAccelerated(
  plan: BootPlan,
  kvm: Kvm,
  options: BootOptions,
): Promise<Guest> {
  if (options.acceleration === 'tcg') return bootAgain(plan, 'tcg', [], options);
  if (options.acceleration === 'kvm') return bootWithKvmOnly(plan, kvm, options);
  const known = await kvm.verdict();
  if (known.verdict === 'works') return bootWithProvenKvm(plan, kvm, options);
  if (known.verdict === 'untried') return bootWithUntriedKvm(plan, kvm, options);
  return bootAgain(plan, 'tcg', [], options);
}

/** KVM or nothing. One that has not proven itself gets one boot: its error must not be long in coming. */
async function bootWithKvmOnly(plan: BootPlan, kvm: Kvm, options: BootOptions): Promise<Guest> {
  const known = await kvm.verdict();
  if (known.verdict === 'absent') throw noKvm(known.reason);
  if (known.verdict === 'works') return bootAgain(plan, 'kvm', [], options);
  try {
    const guest = await bootOnce(plan, 'kvm', [], options);
    await kvm.remember('works', '');
    return guest;
  } catch (error) {
    if (error instanceof MachineStopped || error instanceof NoProgress) {
      throw noKvm(`${plan.what}: ${error.message}`, error);
    }
    throw error;
  }
}

/** A KVM that has run a guest since the host was booted. If it fails all the same, TCG steps in. */
async function bootWithProvenKvm(plan: BootPlan, kvm: Kvm, options: BootOptions): Promise<Guest> {
  try {
    return await bootAgain(plan, 'kvm', [], options);
  } catch (error) {
    if (!(error instanceof MachineStopped)) throw error;
    await kvm.remember('broken', error.message);
    return withoutKvm(plan, error.message, options);
  }
}

/** The first guest on this host: whatever goes wrong is KVM's fault until TCG says otherwise. */
async function bootWithUntriedKvm(plan: BootPlan, kvm: Kvm, options: BootOptions): Promise<Guest> {
  let reason: string;
  try {
    const guest = await bootOnce(plan, 'untriedKvm', [], options);
    await kvm.remember('works', '');
    return guest;
  } catch (error) {
    if (!(error instanceof NoProgress || error instanceof BootError)) throw error;
    reason = error.message;
  }
  const guest = await withoutKvm(plan, reason, options);
  // Only now: a kernel that comes up nowhere says nothing of KVM.
  await kvm.remember('broken', reason);
  return guest;
}

function withoutKvm(plan: BootPlan, reason: string, options: BootOptions): Promise<Guest> {
  options.onProgress?.(`KVM does not work here (${reason}), going on without`);
  return bootAgain(plan, 'tcg', [`kvm: ${reason}`], options);
}

function bootAgain(
  plan: BootPlan,
  mode: Mode,
  earlier: readonly string[],
  options: BootOptions,
): Promise<Guest> {
  const attempts = {
    what: plan.what,
    onProgress: options.onProgress,
    advice: 'its console tells how far it got',
  };
  return bootWithRetries(attempts, (retries) =>
    bootOnce(plan, mode, [...earlier, ...retries], options),
  );
}

function bootOnce(
  { qemu, what, command, slowness }: BootPlan,
  mode: Mode,
  retries: readonly string[],
  { signal, onProgress, onConsole, cpu }: BootOptions,
): Promise<Guest> {
  const accelerator = mode === 'tcg' ? 'tcg' : 'kvm';
  onProgress?.(`booting (${accelerator})`);
  const patience = slower(limits[mode], slowness);
  const boot = { qemu, what, retries, signal, onConsole, limits: patience };
  const pinned = accelerator === 'tcg' ? { cpu } : {};
  return bootQemu({ ...boot, ...pinned, command: { ...command, accelerator } });
}

function slower({ firstByteMs, ...limits }: BootLimits, slowness: number): BootLimits {
  return {
    ...limits,
    ...(firstByteMs === undefined ? {} : { firstByteMs: firstByteMs * slowness }),
    silenceMs: limits.silenceMs * slowness,
    totalMs: limits.totalMs * slowness,
  };
}

function noKvm(reason: string, cause?: unknown): HarnessError {
  return new HarnessError(`KVM does not work here (${reason}): use --accel tcg.`, cause);
}
