import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { AptRoot } from '../../src/kernel/apt.ts';
import { readBzImage } from '../../src/kernel/bzimage.ts';
import { debianKernels } from '../../src/kernel/debian-kernels.ts';
import type { Kernel } from '../../src/kernel/kernel.ts';
import { declareKinds } from '../../src/kernel/kinds.ts';
import { moduleDepends, moduleName } from '../../src/kernel/module-files.ts';
import { resolveKernels } from '../../src/kernel/resolve.ts';

// Fetches from the Debian mirror of this machine's apt, into a cache of its own (about 100 MB).
const signal = new AbortController().signal;
let cacheDir: string;
beforeAll(async () => {
  cacheDir = await mkdtemp(join(tmpdir(), 'xfrm-conform-test-'));
});
afterAll(() => rm(cacheDir, { recursive: true }));

/** The two layouts that differ most: one package, all of it listed; and parts that only the pool has. */
describe.each([
  { spec: 'debian:6.1', release: /^6\.1\.0-\d+-cloud-amd64$/, isFromPool: false },
  { spec: 'debian:7.1.13', release: /^7\.1\.13\+deb13-cloud-amd64$/, isFromPool: true },
])('$spec', ({ spec, release, isFromPool }) => {
  let kernel: Kernel;
  beforeAll(async () => {
    kernel = (await resolveKernels(spec, { cacheDir, signal }))[0]!;
  });

  it('is the kernel that it says it is', async () => {
    expect(kernel.facts.release).toMatch(release);
    expect((await readBzImage(kernel.image!))?.versionText).toContain(kernel.facts.release);
    expect(kernel.enforceModuleSignatures ?? false).toBe(isFromPool);
  });

  it('predates MIGRATE_STATE and has MIGRATE', () => {
    const kinds = declareKinds(kernel.facts, null);
    expect(kinds['migrate-state']).toEqual({
      kind: 'predates',
      evidence: 'no symbol xfrm_do_migrate_state in xfrm_user.ko and vmlinuz',
    });
    expect(kinds.migrate).toEqual({
      kind: 'full',
      evidence: 'CONFIG_XFRM_MIGRATE=y in config',
    });
  });

  it('has the modules of IPsec, signed, and all that they need', async () => {
    const dir = kernel.modulesDir!;
    const files = (await readdir(dir, { recursive: true })).filter((path) => path.endsWith('.ko'));
    const builtin = (await readFile(join(dir, 'modules.builtin'), 'utf8')).trim().split('\n');
    const known = new Set([...files, ...builtin].map(moduleName));
    const needed = ['xfrm_user', 'esp4', 'esp6', 'ah4', 'ah6', 'ipcomp', 'ipcomp6', 'af_key'];
    needed.push('xfrm_interface', 'veth', 'dummy', 'nlmon', 'authenc', 'seqiv', 'gcm', 'cbc');
    for (const file of files) {
      needed.push(...((await moduleDepends(join(dir, file))) ?? []));
      const tail = (await readFile(join(dir, file))).subarray(-28).toString('latin1');
      expect(`${file} ${tail}`).toBe(`${file} ~Module signature appended~\n`);
    }
    expect(needed.filter((name) => !known.has(name))).toEqual([]);
  });
});

it('serves cloud kernels of every series since 6.12, with the packages that hold them', async () => {
  const index = await new AptRoot({ cacheDir, signal }).index();
  const kernels = debianKernels(index.packages);
  const series = new Set(kernels.map(({ version }) => version.split('.').slice(0, 2).join('.')));
  expect([...series]).toEqual(expect.arrayContaining(['7.3', '7.2', '7.1', '6.12', '6.1']));
});
