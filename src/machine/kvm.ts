import { constants } from 'node:fs';
import { access, mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fingerprint } from './fingerprint.ts';

/** What is known of KVM on this host; `untried` until a guest has come up or failed to. */
export interface KvmVerdict {
  verdict: 'works' | 'broken' | 'untried' | 'absent';
  /** Why it is broken or absent, a phrase; empty otherwise. */
  reason: string;
}

/**
 * Whether KVM may be used. That /dev/kvm exists proves nothing: nested and emulated ones take
 * every call and then run no kernel. So the first guest tries, and what it learned is remembered
 * until the host or QEMU is another.
 */
export class Kvm {
  readonly #file: string;
  readonly #qemu: string;
  readonly #device: string;

  /** @param qemu path of the QEMU that the verdict holds for */
  constructor(cacheDir: string, qemu: string, device = '/dev/kvm') {
    this.#file = join(cacheDir, 'kvm.json');
    this.#qemu = qemu;
    this.#device = device;
  }

  async verdict(): Promise<KvmVerdict> {
    const obstacle = await obstacleAt(this.#device);
    if (obstacle !== null) return { verdict: 'absent', reason: obstacle };
    const untried: KvmVerdict = { verdict: 'untried', reason: '' };
    try {
      const { host, verdict, reason } = JSON.parse(await readFile(this.#file, 'utf8'));
      if (host !== (await this.#host())) return untried;
      return { verdict: verdict === 'works' ? 'works' : 'broken', reason: String(reason) };
    } catch {
      return untried;
    }
  }

  /** Never rejects: in a cache that cannot be written, the next run has to try again. */
  async remember(verdict: 'works' | 'broken', reason: string): Promise<void> {
    const partial = `${this.#file}.${process.pid}.partial`;
    try {
      await mkdir(dirname(this.#file), { recursive: true });
      const text = JSON.stringify({ host: await this.#host(), verdict, reason });
      await writeFile(partial, `${text}\n`);
      await rename(partial, this.#file);
    } catch {
      // As said above.
    }
  }

  /** This boot of this host, and this QEMU. */
  async #host(): Promise<string> {
    const bootId = await readFile('/proc/sys/kernel/random/boot_id', 'utf8');
    return fingerprint([this.#qemu], [bootId.trim()]);
  }
}

/** Why a device cannot be used at all, a phrase; null when it can be opened. */
async function obstacleAt(device: string): Promise<string | null> {
  try {
    await access(device, constants.R_OK | constants.W_OK);
    return null;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EACCES'
      ? `${device} may not be opened: be a member of the group kvm`
      : `there is no ${device}`;
  }
}
