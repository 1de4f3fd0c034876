import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { configure } from '../../src/kernel/build/configure.ts';
import { findToolchain } from '../../src/kernel/build/toolchain.ts';
import { fragmentPaths } from '../../src/kernel/build/variants.ts';
import type { Kernel } from '../../src/kernel/kernel.ts';
import { declareKinds } from '../../src/kernel/kinds.ts';
import { uml } from '../../src/machine/uml.ts';
import { linesOf, nextEvent } from './machine/guest.ts';
import { stubPayload } from './machine/kernel.ts';
import { buildTimeoutMs, testTree, umlKernel } from './uml/kernel.ts';

const { signal } = new AbortController();
let withIt: Kernel;
let without: Kernel;

beforeAll(async () => {
  withIt = await umlKernel();
  without = await umlKernel('+no-migrate');
}, 2 * buildTimeoutMs);

describe('both variants of one tree', () => {
  test('differ in the options under test, and in what they are declared to be', () => {
    expect(withIt.facts.config).toMatchObject({ XFRM_MIGRATE: 'y', NET_KEY_MIGRATE: 'y' });
    expect(without.facts.config?.XFRM_MIGRATE).toBeUndefined();
    expect(without.facts.config?.NET_KEY_MIGRATE).toBeUndefined();
    const kind = ({ facts }: Kernel) => {
      const kinds = declareKinds(facts, null);
      return [kinds.migrate.kind, kinds['migrate-state'].kind];
    };
    expect(kind(withIt)).toEqual(['full', 'full']);
    expect(kind(without)).toEqual(['compiledOut', 'compiledOut']);
  });

  test('have what cases need', () => {
    for (const { facts } of [withIt, without]) {
      expect(facts.config).toMatchObject({
        XFRM_INTERFACE: 'y',
        INET_ESPINTCP: 'y',
        NETDEVSIM: 'y',
        NLMON: 'y',
        VETH: 'y',
      });
    }
  });

  test('boot, and are what was built', async () => {
    for (const kernel of [withIt, without]) {
      const prepared = await uml.prepare(kernel, stubPayload, signal);
      const guest = await prepared.boot({ signal, acceleration: 'auto' });
      expect((await nextEvent(linesOf(guest), 'hello')).release).toBe(kernel.facts.release);
      await guest.stop();
    }
  });

  test('are found again without a word when nothing has changed', async () => {
    const phrases: string[] = [];
    const again = await umlKernel('+no-migrate', (phrase) => phrases.push(phrase));
    expect(again.image).toBe(without.image);
    expect(phrases.filter((phrase) => /configuring|building|unpacking/.test(phrase))).toEqual([]);
  });
});

describe('an option that does not take is named, with what stands in its way', () => {
  let dir: string;

  beforeAll(async () => {
    dir = await mkdtemp(join(tmpdir(), 'xfrm-conform-test-'));
  });
  afterAll(() => rm(dir, { recursive: true }));

  async function configureWith(fragment: string) {
    const path = join(dir, 'broken.config');
    await writeFile(path, fragment);
    const { cc } = await findToolchain('um');
    const fragments = [...fragmentPaths('um', []), path];
    return configure({
      tree: await testTree(),
      output: join(dir, 'output'),
      arch: 'um',
      cc,
      fragments,
      signal,
    });
  }

  test('selected by another', async () => {
    await expect(configureWith('# CONFIG_XFRM_MIGRATE is not set\n')).rejects.toThrow(
      /^option XFRM_MIGRATE=n of broken.config did not take .*: it is selected by .*NET_KEY_MIGRATE=y/,
    );
  }, 120_000);

  test('blocked by another; those that are not there are listed, an optional one is let off', async () => {
    const optional = '# optional: since Linux 9.0\nCONFIG_XFRM_TELEPORT=y\n';
    const fragment = `CONFIG_KASAN=y\nCONFIG_XFRM_BEAM=y\n${optional}`;
    await expect(configureWith(fragment)).rejects.toThrow(
      /^option KASAN=y of broken.config did not take .*SLUB_TINY=y; neither did XFRM_BEAM$/,
    );
  }, 120_000);
});
