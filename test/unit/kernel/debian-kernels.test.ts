import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { type AptPackage, kernelPackages } from '../../../src/kernel/apt-packages.ts';
import { choose } from '../../../src/kernel/debian.ts';
import { debianKernels } from '../../../src/kernel/debian-kernels.ts';

/** Recorded from trixie-backports, trixie and bookworm; fields that do not matter here are left out. */
const excerpt = readFileSync(new URL('data/Packages-excerpt', import.meta.url), 'utf8');
const packages = kernelPackages(excerpt, 'trixie-backports');
const kernels = debianKernels(packages);
const names = (list: readonly { name: string }[]) => list.map(({ name }) => name);

describe('kernelPackages', () => {
  it('takes the packages of the kernel team, with suite and hash', () => {
    expect(names(packages)).toContain('linux-source-7.3');
    expect(names(packages)).not.toContain('bash');
    expect(packages.find(({ name }) => name.startsWith('linux-base-'))).toEqual({
      name: 'linux-base-7.3.4+deb13-cloud-amd64',
      version: '7.3.4-1~bpo13+1',
      architecture: 'amd64',
      suite: 'trixie-backports',
      filename: 'pool/main/l/linux/linux-base-7.3.4+deb13-cloud-amd64_7.3.4-1~bpo13+1_amd64.deb',
      size: 1025208,
      sha256: 'e08baa43706ba6e8daff58029b039f46beecfb3b3750c6fa0d6d5ca508a46a43',
      depends: '',
    });
  });

  it('passes over an entry whose hash is missing: it could not be checked', () => {
    const text = excerpt.replace(/^SHA256: .*\n/gm, '');
    expect(kernelPackages(text, 'x')).toEqual([]);
  });

  it('reads the first and the last stanza of a list', () => {
    const one = excerpt.slice(excerpt.indexOf('Package: linux-'));
    expect(kernelPackages(one.trimEnd(), 'x')).toHaveLength(packages.length);
  });
});

describe('debianKernels', () => {
  it('are the signed cloud kernels, newest first', () => {
    expect(kernels.map(({ version, release }) => `${version} ${release}`)).toEqual([
      '7.3.4 7.3.4+deb13-cloud-amd64',
      '7.1.13 7.1.13+deb13-cloud-amd64',
      '6.18.5 6.18.5+deb13-cloud-amd64',
      '6.12.117 6.12.117+deb13-cloud-amd64',
      '6.1.176 6.1.0-50-cloud-amd64',
    ]);
  });

  it('7.3.4 is spread over packages that are all listed', () => {
    expect(names(kernels[0]!.packages)).toEqual([
      'linux-image-7.3.4+deb13-cloud-amd64',
      'linux-base-7.3.4+deb13-cloud-amd64',
      'linux-binary-7.3.4+deb13-cloud-amd64',
      'linux-modules-7.3.4+deb13-cloud-amd64',
    ]);
    expect(kernels[0]!.unlisted).toEqual([]);
  });

  it('7.1.13 demands packages that only the pool has', () => {
    expect(names(kernels[1]!.packages)).toEqual([
      'linux-image-7.1.13+deb13-cloud-amd64',
      'linux-binary-7.1.13+deb13-cloud-amd64',
    ]);
    expect(kernels[1]!.unlisted.map(({ filename }) => filename)).toEqual([
      'pool/main/l/linux/linux-base-7.1.13+deb13-cloud-amd64_7.1.13-1~bpo13+1_amd64.deb',
      'pool/main/l/linux/linux-modules-7.1.13+deb13-cloud-amd64_7.1.13-1~bpo13+1_amd64.deb',
    ]);
  });

  it('6.12 and 6.1 are one package each', () => {
    expect(kernels.slice(3).map((kernel) => kernel.packages.length)).toEqual([1, 1]);
    expect(kernels.slice(3).flatMap((kernel) => kernel.unlisted)).toEqual([]);
  });

  it('a dependency in another version than the index has counts as unlisted', () => {
    const other = packages.map((each) =>
      each.name.startsWith('linux-modules-7.3.4') ? { ...each, version: '7.3.4-2' } : each,
    );
    expect(names(debianKernels(other)[0]!.unlisted)).toEqual([
      'linux-modules-7.3.4+deb13-cloud-amd64',
    ]);
  });

  it('keeps the newest build of a version that two suites have', () => {
    const image = packages.find(({ name }) => name.startsWith('linux-image-6.12'))!;
    const rebuilt: AptPackage = { ...image, version: '6.12.117-2', suite: 'trixie' };
    const both = debianKernels([image, rebuilt]);
    expect(both.map(({ debianVersion }) => debianVersion)).toEqual(['6.12.117-2']);
  });
});

describe('choose', () => {
  const chosen = (wanted: string) => choose(wanted, kernels).map(({ version }) => version);
  it.each([
    ['7.3.4', ['7.3.4']],
    ['7.1', ['7.1.13']],
    ['6.1', ['6.1.176']],
    ['latest', ['7.3.4']],
    ['all', ['7.3.4', '7.1.13', '6.18.5', '6.12.117', '6.1.176']],
    ['6.12.117-1', ['6.12.117']],
    ['6.1.0-50-cloud-amd64', ['6.1.176']],
    ['7.3.5', []],
    ['7', []],
  ])('%s is %j', (wanted, versions) => {
    expect(chosen(wanted)).toEqual(versions);
  });
});
