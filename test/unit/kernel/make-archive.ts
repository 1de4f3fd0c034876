/**
 * Makes test/unit/kernel/data/archive: a small Debian archive, signed with a key that is thrown
 * away, with kernels in the package layouts that Debian has had. Needs dpkg-deb, xz and gpg. The
 * result is kept, so that tests need no gpg:
 *
 *   npx esbuild --bundle --platform=node test/unit/kernel/make-archive.ts | node
 */
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { fakeBzImage } from './fake-bzimage.ts';
import { fakeElf, fakeModule } from './fake-elf.ts';

const archive = 'test/unit/kernel/data/archive';
const suite = 'trixie-backports';
const migrate = ['xfrm_do_migrate', 'xfrm_migrate'];

type Files = Record<string, Buffer | string>;
interface Deb {
  name: string;
  version: string;
  /** Directory in the pool. */
  source: string;
  depends?: string;
  files: Files;
  /** Left out of Packages, as Debian does with older kernels' modules. */
  isUnlisted?: boolean;
}

function vmlinuz(release: string, debianVersion: string): Buffer {
  const vmlinux = fakeElf({ sections: { __ksymtab_strings: 'kmalloc\0xfrm_migrate\0' } });
  const text = `${release} (debian-kernel@lists.debian.org) #1 SMP Debian ${debianVersion} (2026-11-15)`;
  return fakeBzImage(text, gzipSync(vmlinux));
}

function config(release: string): string {
  return `# Linux ${release}\nCONFIG_XFRM_USER=m\nCONFIG_XFRM_MIGRATE=y\n# CONFIG_NET_KEY_MIGRATE is not set\n`;
}

function modules(release: string, compressed: boolean, symbols: readonly string[]): Files {
  const all: Record<string, Buffer> = {
    'net/xfrm/xfrm_algo.ko': fakeModule({ release }),
    'net/xfrm/xfrm_user.ko': fakeModule({ release, depends: 'xfrm_algo', symbols }),
    'net/ipv4/esp4.ko': fakeModule({ release, depends: 'xfrm_algo,helper-lib' }),
    // Needed by esp4 and by nobody else; and one that nobody needs.
    'drivers/misc/helper-lib.ko': fakeModule({ release }),
    'drivers/misc/unrelated.ko': fakeModule({ release }),
  };
  return Object.fromEntries(
    Object.entries(all).map(([path, data]) =>
      compressed ? [`kernel/${path}.xz`, xz(data)] : [`kernel/${path}`, data],
    ),
  );
}

function xz(data: Buffer): Buffer {
  return execFileSync('xz', ['-c', '--check=crc32'], { input: data });
}

function below(dir: string, files: Files): Files {
  return Object.fromEntries(Object.entries(files).map(([path, data]) => [`${dir}/${path}`, data]));
}

/** Since 7.2: everything below usr/lib/modules, in three packages. Until 7.1: image and config in boot/. */
function splitKernel(version: string, inBoot: boolean, symbols: readonly string[]): Deb[] {
  const release = `${version}+deb13-cloud-amd64`;
  const debianVersion = `${version}-1~bpo13+1`;
  const dir = `usr/lib/modules/${release}`;
  const of = (name: string) => `linux-${name}-${release}`;
  const demand = (name: string) => `${of(name)} (= ${debianVersion})`;
  const common = { version: debianVersion };
  const signed = { ...common, source: 'linux-signed-amd64' };
  const unsigned = { ...common, source: 'linux', isUnlisted: inBoot };
  const stub =
    'ffffffffffffffff B The real System.map is in the linux-image-<version>-dbg package\n';
  return [
    {
      ...signed,
      name: of('image'),
      depends: `dracut | linux-initramfs-tool, ${['base', 'binary', 'modules'].map(demand).join(', ')}`,
      files: { [`usr/share/doc/${of('image')}/note`]: 'nothing but dependencies\n' },
    },
    {
      ...signed,
      name: of('binary'),
      depends: demand('base'),
      files: {
        [inBoot ? `boot/vmlinuz-${release}` : `${dir}/vmlinuz`]: vmlinuz(release, debianVersion),
      },
    },
    {
      ...unsigned,
      name: of('base'),
      files: {
        [inBoot ? `boot/config-${release}` : `${dir}/config`]: config(release),
        [inBoot ? `boot/System.map-${release}` : `${dir}/System.map`]: stub,
        [`${dir}/modules.builtin`]: 'kernel/fs/ext4/ext4.ko\n',
      },
    },
    {
      ...unsigned,
      name: of('modules'),
      depends: `kmod, ${demand('base')}`,
      files: below(dir, modules(release, true, symbols)),
    },
  ];
}

/** Until 6.18: one package. */
function wholeKernel(
  release: string,
  debianVersion: string,
  modulesIn: string,
  xzed: boolean,
): Deb {
  return {
    name: `linux-image-${release}`,
    version: debianVersion,
    source: 'linux-signed-amd64',
    depends: 'kmod, linux-base (>= 4.3~)',
    files: {
      [`boot/vmlinuz-${release}`]: vmlinuz(release, debianVersion),
      [`boot/config-${release}`]: config(release),
      ...below(`${modulesIn}/${release}`, modules(release, xzed, migrate)),
    },
  };
}

const debs: Deb[] = [
  ...splitKernel('7.3.4', false, [...migrate, 'xfrm_do_migrate_state']),
  ...splitKernel('7.1.13', true, migrate),
  wholeKernel('6.12.117+deb13-cloud-amd64', '6.12.117-1', 'usr/lib/modules', true),
  wholeKernel('6.1.0-50-cloud-amd64', '6.1.176-1', 'lib/modules', false),
];

const scratch = mkdtempSync(join(tmpdir(), 'archive-'));
const stanzas = debs.map(build).filter((stanza) => stanza !== '');
sign(stanzas.join('\n'));
rmSync(scratch, { recursive: true });

function build({ name, version, source, depends, files, isUnlisted }: Deb): string {
  const root = join(scratch, name);
  const control = [
    `Package: ${name}`,
    `Version: ${version}`,
    'Architecture: amd64',
    'Maintainer: Nobody <nobody@example.org>',
    ...(depends ? [`Depends: ${depends}`] : []),
    'Description: a kernel for tests',
  ];
  put(join(root, 'DEBIAN/control'), `${control.join('\n')}\n`);
  for (const [path, data] of Object.entries(files)) put(join(root, path), data);
  const filename = `pool/main/l/${source}/${name}_${version}_amd64.deb`;
  const deb = join(archive, filename);
  mkdirSync(dirname(deb), { recursive: true });
  execFileSync('dpkg-deb', ['--root-owner-group', '-Zxz', '-b', root, deb]);
  if (isUnlisted) return '';
  const sha256 = digest('sha256', readFileSync(deb));
  return `${[...control.slice(0, -1), `Filename: ${filename}`, `Size: ${statSync(deb).size}`, `SHA256: ${sha256}`, ...control.slice(-1)].join('\n')}\n`;
}

function sign(packages: string): void {
  const dists = join(archive, 'dists', suite);
  const list = gzipSync(packages);
  put(join(dists, 'main/binary-amd64/Packages.gz'), list);
  const hashes = (hash: string) =>
    [
      ['main/binary-amd64/Packages', Buffer.from(packages)] as const,
      ['main/binary-amd64/Packages.gz', list] as const,
    ].map(([path, data]) => ` ${digest(hash, data)} ${data.length} ${path}`);
  const release = [
    'Origin: Debian',
    'Label: Debian Backports',
    `Suite: ${suite}`,
    `Codename: ${suite}`,
    'Date: Mon, 01 Jan 2024 00:00:00 UTC',
    'Architectures: amd64',
    'Components: main',
    'SHA256:',
    ...hashes('sha256'),
  ];
  put(join(scratch, 'Release'), `${release.join('\n')}\n`);
  const home = join(scratch, 'gnupg');
  mkdirSync(home, { mode: 0o700 });
  const gpg = (...args: string[]) =>
    execFileSync('gpg', ['--homedir', home, '--batch', '--quiet', ...args]);
  gpg('--passphrase', '', '--quick-gen-key', 'Archive for tests', 'rsa3072', 'sign', 'never');
  gpg('--export', '--output', join(archive, 'keyring.gpg'), '--yes');
  gpg('--clearsign', '--yes', '--output', join(dists, 'InRelease'), join(scratch, 'Release'));
  execFileSync('gpgconf', ['--homedir', home, '--kill', 'gpg-agent']);
}

function put(path: string, data: Buffer | string): void {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, data);
}

function digest(hash: string, data: Buffer): string {
  return createHash(hash).update(data).digest('hex');
}

process.stdout.write(`${basename(archive)}: ${debs.length} packages\n`);
