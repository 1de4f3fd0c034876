import { existsSync, writeFileSync } from 'node:fs';
import { SetupError } from '../case/xfrm-client.ts';
import { indexOf } from './links.ts';

const bus = '/sys/bus/netdevsim';
const id = 1;

/**
 * A simulated network device with crypto offload for ESP (CONFIG_NETDEVSIM), in the namespace that
 * this thread is in. There is one at a time.
 */
export class OffloadDevice {
  readonly index: number;

  constructor() {
    if (!existsSync(bus)) throw new SetupError('netdevsim is not there: load it, mount /sys');
    writeFileSync(`${bus}/new_device`, `${id} 1`);
    // The kernel names it: eth0 in a namespace that has no other.
    this.index = indexOf('eth0');
  }

  /** Must come before its namespace goes: netdevsim would move to the initial one. */
  close(): void {
    writeFileSync(`${bus}/del_device`, `${id}`);
  }
}
