import { UsageError } from '../error.ts';
import type { Kernel } from '../kernel/kernel.ts';
import { local } from '../machine/local.ts';
import type { Machine, MachineName } from '../machine/machine.ts';
import { qemu } from '../machine/qemu.ts';
import { uml } from '../machine/uml.ts';
import { vng } from '../machine/vng.ts';

const machines: Partial<Record<MachineName, Machine>> = { local, qemu, uml, vng };

/** The machine that was asked for, or else the one that fits the kernel. */
export function machineFor(kernel: Kernel, asked: MachineName | undefined): Machine {
  const name = asked ?? fitting(kernel);
  const machine = machines[name];
  if (!machine) throw new UsageError(`There is no machine "${name}".`);
  return machine;
}

function fitting(kernel: Kernel): MachineName {
  if (kernel.image === null) return 'local';
  return kernel.facts.arch === 'um' ? 'uml' : 'qemu';
}
