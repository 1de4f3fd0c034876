import { createHash, randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import { readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { HarnessError } from '../error.ts';
import { aptConfig } from './apt-config.ts';
import { type AptPlace, aptError } from './apt-error.ts';
import { configuredMirrors, fileMirrors, parseMirror } from './apt-mirror.ts';
import { type AptPackage, kernelPackages } from './apt-packages.ts';
import { defaultCacheDir } from './cache.ts';
import { diskError } from './disk-error.ts';
import { needSpace } from './free-space.ts';
import { runTool, type ToolResult } from './host-tool.ts';
import { withLock } from './lock.ts';
import { makeCacheDir } from './make-dir.ts';

export type { AptPackage } from './apt-packages.ts';

export interface AptOptions {
  /** `defaultCacheDir()` when left out. */
  cacheDir?: string;
  /** Overrides the mirror that apt is set up with. */
  mirror?: string;
  signal: AbortSignal;
  onProgress?: (phrase: string) => void;
  /** For tests: the keys that may sign, and the suites; Debian's own when left out. */
  keyring?: string;
  suites?: readonly string[];
}

/** What was known of the archive at one time. */
export interface AptIndex {
  mirror: string;
  /** Milliseconds since the epoch. */
  updated: number;
  packages: readonly AptPackage[];
  /** Why these lists, older than they should be, could not be renewed. */
  problem?: string;
}

const suites = ['trixie', 'trixie-backports', 'bookworm'];
const keyrings = [
  '/usr/share/keyrings/debian-archive-keyring.gpg',
  '/usr/share/keyrings/debian-archive-keyring.pgp',
];
const aptHelper = '/usr/lib/apt/apt-helper';
/** What the lists of the suites take, with room for the old ones beside the new. */
const listsBytes = 100e6;
const aDayMs = 24 * 3600_000;
/** Raise it when the content of index.json changes. */
const indexFormat = 1;

/**
 * A private apt root in the cache: its own sources, lists and keys, no root rights, and nothing of
 * the system's package state. It knows the packages of the kernel team (linux-*).
 *
 * Packages are fetched by apt and checked against the signed index.
 */
export class AptRoot {
  readonly #options: AptOptions;
  readonly #cacheDir: string;
  readonly #keyring: string;

  constructor(options: AptOptions) {
    this.#options = options;
    this.#cacheDir = options.cacheDir ?? defaultCacheDir();
    this.#keyring = options.keyring ?? keyrings.find((path) => existsSync(path)) ?? keyrings[0]!;
  }

  /**
   * The packages that the archive has. The lists are fetched when they are older than a day, or
   * older than `maxAgeMs`; lists that cannot be renewed are used as they are, and `problem` says why.
   */
  async index(maxAgeMs: number = aDayMs): Promise<AptIndex> {
    const mirrors = this.#options.mirror
      ? [parseMirror(this.#options.mirror)]
      : await configuredMirrors(this.#options.signal);
    let failure: unknown;
    for (const mirror of mirrors) {
      try {
        return await this.#indexOf(mirror, maxAgeMs);
      } catch (error) {
        this.#options.signal.throwIfAborted();
        failure ??= error;
      }
    }
    throw failure;
  }

  async #indexOf(mirror: string, maxAgeMs: number): Promise<AptIndex> {
    const known = await this.#readIndex(mirror);
    if (known && isFresh(known, maxAgeMs)) return known;
    try {
      return await this.#update(mirror, maxAgeMs);
    } catch (error) {
      this.#options.signal.throwIfAborted();
      if (!known) throw error;
      const problem = error instanceof Error ? error.message : String(error);
      this.#options.onProgress?.('using the old package lists');
      return { ...known, problem };
    }
  }

  async #update(mirror: string, maxAgeMs: number): Promise<AptIndex> {
    const { signal, onProgress } = this.#options;
    const root = this.#root(mirror);
    const onWait = () => onProgress?.('waiting for another run that fetches the package lists');
    const cacheDir = this.#cacheDir;
    return withLock(join(root, 'lock'), { signal, onWait, cacheDir }, async () => {
      // The run that was waited for may have done it.
      const known = await this.#readIndex(mirror);
      if (known && isFresh(known, Math.min(maxAgeMs, 60_000))) return known;
      onProgress?.('fetching package lists');
      // apt-get update goes on for ever when the disk is full.
      await needSpace(cacheDir, listsBytes);
      await this.#writeConfig(mirror);
      const config = join(root, 'apt.conf');
      this.#check(await this.#run('apt-get', ['-c', config, '-q', 'update'], 300_000), mirror);
      const packages = await this.#readLists(config, mirror);
      if (packages.length === 0) {
        throw new HarnessError(
          `${mirror} has no Linux kernels: name another mirror with --mirror.`,
        );
      }
      return this.#writeIndex({ mirror, updated: Date.now(), packages });
    });
  }

  /** Read the lists that apt has fetched and checked. */
  async #readLists(config: string, mirror: string): Promise<AptPackage[]> {
    const format = '$(RELEASE) $(FILENAME)';
    const targets = await this.#run(
      'apt-get',
      ['-c', config, 'indextargets', '--format', format],
      60_000,
    );
    this.#check(targets, mirror);
    const packages: AptPackage[] = [];
    for (const line of targets.stdout.split('\n').filter((each) => each !== '')) {
      const [suite, file] = [line.slice(0, line.indexOf(' ')), line.slice(line.indexOf(' ') + 1)];
      const list = await this.#run(aptHelper, ['-c', config, 'cat-file', file], 60_000);
      this.#check(list, mirror);
      packages.push(...kernelPackages(list.stdout, suite));
    }
    return packages;
  }

  /** Fetch a package into a directory; the path of the .deb, which has the hash of the signed index. */
  download(index: AptIndex, wanted: AptPackage, dir: string): Promise<string> {
    return this.#downloadFile(index.mirror, wanted.filename, dir, wanted.sha256);
  }

  /**
   * Fetch a file that no index lists (any more) from the pool of the mirror. Nothing vouches for
   * its content: the caller has to.
   */
  downloadUnindexed(index: AptIndex, filename: string, dir: string): Promise<string> {
    return this.#downloadFile(index.mirror, filename, dir, null);
  }

  async #downloadFile(
    mirror: string,
    filename: string,
    dir: string,
    sha256: string | null,
  ): Promise<string> {
    const target = join(dir, filename.split('/').at(-1)!);
    const config = join(this.#root(mirror), 'apt.conf');
    // Each time: it has paths in it, and the cache may have been moved.
    await this.#writeConfig(mirror);
    const onStatusLine = downloadProgress(filename, this.#options.onProgress);
    let result: ToolResult | null = null;
    for (const base of await fileMirrors(mirror)) {
      result = await this.#run(
        aptHelper,
        [
          ...['-c', config, '-q', '-o', 'APT::Status-Fd=3', 'download-file'],
          ...[`${base}${filename}`, target, ...(sha256 ? [`SHA256:${sha256}`] : [])],
        ],
        1800_000,
        onStatusLine,
      );
      if (result.exitCode === 0) return target;
    }
    if (result) this.#check(result, mirror);
    throw new HarnessError(`The list of mirrors ${mirror} names none.`);
  }

  #run(
    file: string,
    args: readonly string[],
    timeoutMs: number,
    onStatusLine?: (line: string) => void,
  ): Promise<ToolResult> {
    const { signal } = this.#options;
    const common = { signal, timeoutMs, package: 'apt' };
    return runTool(file, args, onStatusLine ? { ...common, onStatusLine } : common);
  }

  #check(result: ToolResult, mirror: string): void {
    if (result.exitCode === 0) return;
    const place: AptPlace = { mirror, cacheDir: this.#cacheDir, keyring: this.#keyring };
    throw aptError(result.stderr, place);
  }

  /** One root a mirror: lists of two mirrors never mix. */
  #root(mirror: string): string {
    const what = JSON.stringify([mirror, this.#keyring, this.#options.suites ?? suites]);
    const hash = createHash('sha256').update(what).digest('hex').slice(0, 12);
    return join(this.#cacheDir, 'apt', hash);
  }

  async #writeConfig(mirror: string): Promise<void> {
    if (!existsSync(this.#keyring)) {
      throw new HarnessError(
        `${this.#keyring} is missing, so nothing can be checked: install the package debian-archive-keyring.`,
      );
    }
    const root = this.#root(mirror);
    try {
      await makeCacheDir(join(root, 'lists', 'partial'), this.#cacheDir);
      await makeCacheDir(join(root, 'archives', 'partial'), this.#cacheDir);
      const sources = (this.#options.suites ?? suites).map(
        (suite) =>
          `deb [arch=amd64 target=Packages signed-by=${this.#keyring}] ${mirror} ${suite} main\n`,
      );
      await writeWhole(join(root, 'sources.list'), sources.join(''));
      await writeWhole(join(root, 'status'), '');
      await writeWhole(join(root, 'apt.conf'), aptConfig(root));
    } catch (error) {
      throw diskError(error, this.#cacheDir);
    }
  }

  async #readIndex(mirror: string): Promise<AptIndex | null> {
    try {
      const text = await readFile(join(this.#root(mirror), 'index.json'), 'utf8');
      const stored = JSON.parse(text) as AptIndex & { format: number };
      return stored.format === indexFormat ? stored : null;
    } catch {
      return null;
    }
  }

  async #writeIndex(index: AptIndex): Promise<AptIndex> {
    const text = JSON.stringify({ format: indexFormat, ...index });
    try {
      await writeWhole(join(this.#root(index.mirror), 'index.json'), text);
    } catch (error) {
      throw diskError(error, this.#cacheDir);
    }
    return index;
  }
}

function isFresh(index: AptIndex, maxAgeMs: number): boolean {
  const age = Date.now() - index.updated;
  return age >= 0 && age < maxAgeMs;
}

/** Turns apt's status lines into "downloading linux-modules 43 %", each phrase once. */
function downloadProgress(filename: string, onProgress: AptOptions['onProgress']) {
  if (!onProgress) return undefined;
  // Versions belong to whoever asked.
  const what = /([^/]*?)-?[\d.]*[+_][^/]*$/.exec(filename)?.[1] ?? 'a package';
  let last = '';
  return (line: string) => {
    const percent = /^dlstatus:\d+:([\d.]+):/.exec(line)?.[1];
    if (!percent) return;
    const phrase = `downloading ${what} ${Math.floor(Number(percent))} %`;
    if (phrase !== last) onProgress(phrase);
    last = phrase;
  };
}

/** Readers see the old file or the new one. */
async function writeWhole(path: string, text: string): Promise<void> {
  const partial = `${path}.${randomUUID()}`;
  await writeFile(partial, text);
  await rename(partial, path);
}
