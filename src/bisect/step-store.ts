import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { writeWhole } from '../report/write-file.ts';
import type { Step } from './step.ts';

/** What is kept of a step: itself, or that it cannot differ from another one. */
export type Kept = Step | { readonly id: string; readonly sameAs: string };

interface StepFile {
  readonly schema: 'xfrm-conform/step/1';
  readonly tool: string;
  readonly step: Kept;
}

/**
 * The judged commits, a file each, so that an interrupt or a full disk costs at most the one in hand.
 * What another version of the cases judged counts for nothing.
 */
export class StepStore {
  readonly #dir: string;
  readonly #tool: string;
  readonly #known = new Map<string, Kept>();

  /**
   * @param dir made when the first step is kept
   * @param tool a name for everything that judged: cases, agent, compiler
   */
  constructor(dir: string, tool: string) {
    this.#dir = join(dir, 'steps');
    this.#tool = tool;
  }

  async read(id: string): Promise<Kept | null> {
    const known = this.#known.get(id);
    if (known !== undefined) return known;
    const found = parse(await readFile(this.#pathOf(id), 'utf8').catch(() => ''));
    if (found?.schema !== 'xfrm-conform/step/1' || found.tool !== this.#tool) return null;
    this.#known.set(id, found.step);
    return found.step;
  }

  /** Throws a HarnessError of one sentence when the disk refuses. */
  async write(step: Kept): Promise<void> {
    const file: StepFile = { schema: 'xfrm-conform/step/1', tool: this.#tool, step };
    await writeWhole(this.#pathOf(step.id), JSON.stringify(file));
    this.#known.set(step.id, step);
  }

  /** Forgets everything, for --fresh. */
  async clear(): Promise<void> {
    this.#known.clear();
    await rm(this.#dir, { recursive: true, force: true });
  }

  #pathOf(id: string): string {
    return join(this.#dir, `${id.replace(/[^\w.+-]/g, '_')}.json`);
  }
}

/** Ours, written whole or not at all: anything that does not parse was another version's. */
function parse(text: string): StepFile | null {
  try {
    return JSON.parse(text) as StepFile;
  } catch {
    return null;
  }
}
