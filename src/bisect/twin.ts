import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { inputsFile } from '../kernel/build/build-inputs.ts';
import type { Repository } from './repository.ts';
import type { Step } from './step.ts';
import { isUnbuilt } from './unbuilt.ts';

/** So many judged commits are compared with, the latest first: git takes milliseconds for each. */
const compared = 8;

/** Finds a judged commit that the same kernel is built from: nothing between them is built. */
export class TwinFinder {
  readonly #repository: Repository;
  readonly #arch: 'um' | 'x86';
  readonly #inputs = new Map<string, ReadonlySet<string> | null>();

  constructor(repository: Repository, arch: 'um' | 'x86') {
    this.#repository = repository;
    this.#arch = arch;
  }

  async twinOf(id: string, judged: readonly Step[]): Promise<string | null> {
    for (const step of judged.slice(0, compared)) {
      const inputs = await this.#inputsOf(step);
      if (inputs === null) continue;
      const differences = await this.#repository.differences(step.id, id);
      if (differences.every((each) => isUnbuilt(each, inputs, this.#arch))) return step.id;
    }
    return null;
  }

  /** Null when the build is in the cache no more, or the commit was never built. */
  async #inputsOf({ artifact }: Step): Promise<ReadonlySet<string> | null> {
    if (artifact === null) return null;
    const known = this.#inputs.get(artifact);
    if (known !== undefined) return known;
    const text = await readFile(join(artifact, inputsFile), 'utf8').catch(() => '');
    const inputs = text === '' ? null : new Set(text.split('\n'));
    this.#inputs.set(artifact, inputs);
    return inputs;
  }
}
