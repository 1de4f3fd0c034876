import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { kernelTable } from '../../../src/cli/kernels.ts';
import { resolveDebian } from '../../../src/kernel/debian.ts';
import { type ListedKernel, listKernels } from '../../../src/kernel/list.ts';
import { serveArchive } from './archive-server.ts';
import { temporaryDir } from './temporary-dir.ts';

const dir = temporaryDir();
let archive: Awaited<ReturnType<typeof serveArchive>>;
beforeAll(async () => {
  archive = await serveArchive();
});
afterAll(() => archive.close());

const options = (more: object = {}) => ({
  ...archive.options,
  cacheDir: dir(),
  signal: new AbortController().signal,
  ...more,
});

describe('listKernels', () => {
  it('lists what the archive has, and knows the kinds of what is cached', async () => {
    await resolveDebian('7.1.13', options());
    const { kernels, problem } = await listKernels(options());
    expect(problem).toBeNull();
    const rows = kernels.filter(({ spec }) => spec !== 'running');
    expect(rows.map(({ spec, isCached, isMore }) => ({ spec, isCached, isMore }))).toEqual([
      { spec: 'debian:7.3.4', isCached: false, isMore: false },
      { spec: 'debian:7.1.13', isCached: true, isMore: false },
      { spec: 'debian:6.12.117', isCached: false, isMore: false },
      { spec: 'debian:6.1.176', isCached: false, isMore: false },
    ]);
    expect(rows[0]).toMatchObject({ kinds: null, from: 'trixie-backports' });
    expect(rows[1]!.kinds).toMatchObject({
      migrate: { kind: 'full' },
      'migrate-state': { kind: 'predates' },
    });
  });

  it('says that there is more to download than the index tells', async () => {
    const { kernels } = await listKernels(options());
    expect(kernels.find(({ spec }) => spec === 'debian:7.1.13')!.isMore).toBe(true);
  });

  it('lists the cache when the archive cannot be reached, and says why', async () => {
    await resolveDebian('6.1.176', options());
    const { kernels, problem } = await listKernels(options({ mirror: 'file:/no/such/archive' }));
    expect(problem).toContain('file:/no/such/archive');
    const rows = kernels.filter(({ spec }) => spec !== 'running');
    expect(rows).toMatchObject([{ spec: 'debian:6.1.176', from: 'cache', isCached: true }]);
    expect(rows[0]!.size).toBeGreaterThan(0);
  });
});

describe('kernelTable', () => {
  const kind = (name: 'full' | 'compiledOut') => ({ kind: name, evidence: '' });
  const cached: ListedKernel = {
    spec: 'debian:6.12.117',
    version: '6.12.117',
    release: '6.12.117+deb13-cloud-amd64',
    kinds: { migrate: kind('compiledOut'), 'migrate-state': kind('compiledOut') },
    isCached: true,
    size: 123e6,
    isMore: true,
    from: 'trixie-backports',
    notes: [],
  };
  const uncached = { ...cached, kinds: null, isCached: false, size: null };

  it('fits into 80 columns and says what is not known', () => {
    const lines = kernelTable([cached, uncached], false).trimEnd().split('\n');
    expect(lines.map((line) => line.replace(/ {2,}/g, ' | '))).toEqual([
      'KERNEL | MIGRATE_STATE | MIGRATE | CACHED | SIZE | FROM',
      'debian:6.12.117 | compiledOut | compiledOut | yes | 123+ MB | trixie-backports',
      'debian:6.12.117 | - | - | - | - | trixie-backports',
    ]);
    expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(80);
  });

  it('has escape sequences only where they were asked for', () => {
    expect(kernelTable([uncached], false)).not.toContain('\x1b');
    expect(kernelTable([uncached], true)).toContain('\x1b');
  });
});
