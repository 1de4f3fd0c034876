import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { HarnessError } from '../error.ts';
import { filesBelow } from '../files-below.ts';
import { runTool } from '../kernel/host-tool.ts';
import type { Profiling } from '../kernel/kernel.ts';
import { type GcovObject, parseGcov } from './gcov-json.ts';
import type { CoverageSink, ProfileFile } from './profile.ts';

/** Keeps what the guests of one kernel have counted until the run is over. */
export class GuestProfiles implements CoverageSink {
  readonly guests: (readonly ProfileFile[])[] = [];
  lostCases = 0;

  take(files: readonly ProfileFile[]): void {
    this.guests.push(files);
  }

  lost(cases: number): void {
    this.lostCases += cases;
  }
}

const gcovTimeoutMs = 120_000;

/**
 * Has gcov read the counters of every guest, one after the other. Leaves nothing on disk.
 *
 * Throws a HarnessError when gcov is missing or is not the one that belongs to the compiler.
 */
export async function readProfiles(
  guests: readonly (readonly ProfileFile[])[],
  { notesDir }: Profiling,
  signal: AbortSignal,
): Promise<GcovObject[]> {
  const notes = await filesBelow(notesDir);
  const objects: GcovObject[] = [];
  const directory = await mkdtemp(join(tmpdir(), 'xfrm-conform-gcov-'));
  try {
    for (const [number, files] of guests.entries()) {
      const own = join(directory, `${number}`);
      const names = await layOut(files, { notesDir, notes }, own);
      if (names.length > 0) objects.push(...(await gcov(names, own, signal)));
    }
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
  return objects;
}

/** Puts each object's counters beside the compiler's notes on it, and returns their names. */
async function layOut(
  files: readonly ProfileFile[],
  { notesDir, notes }: { notesDir: string; notes: readonly string[] },
  into: string,
): Promise<string[]> {
  const names: string[] = [];
  for (const note of notes) {
    const name = note.replace(/\.gcno$/, '.gcda');
    const counters = files.find(({ path }) => path.endsWith(`/${name}`));
    if (!counters) continue;
    await mkdir(dirname(join(into, name)), { recursive: true });
    await writeFile(join(into, name), counters.data);
    await symlink(join(notesDir, note), join(into, note));
    names.push(name);
  }
  return names;
}

async function gcov(
  names: readonly string[],
  cwd: string,
  signal: AbortSignal,
): Promise<GcovObject[]> {
  const args = ['--json-format', '--stdout', '--branch-probabilities', ...names];
  const options = { cwd, signal, timeoutMs: gcovTimeoutMs, package: 'gcc' };
  const { exitCode, stdout, stderr } = await runTool('gcov', args, options);
  try {
    if (exitCode === 0) return stdout.split('\n').filter(Boolean).map(parseGcov);
  } catch {
    // Another gcov than the compiler's writes something else.
  }
  const words = stderr.trim().split('\n')[0] || 'it wrote what is no coverage';
  throw new HarnessError(
    `gcov cannot read what the kernel counted (${words}): use the gcov of the gcc that built it`,
  );
}
