import { copyFile, mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { HarnessError } from '../error.ts';
import { decompressModules, findModules, moduleDepends, moduleName } from './module-files.ts';

/**
 * What IPsec on a guest may load, by path below kernel/. Crypto is asked for by name at run time
 * ("cbc(aes)"), so all of it; what these need comes along.
 */
const wanted: readonly RegExp[] = [
  /^net\/(xfrm|key)\//,
  /^net\/ipv[46]\/[^/]*$/,
  /^(crypto|lib\/crypto|arch\/x86\/crypto|arch\/x86\/lib\/crypto)\/[^/]*$/,
  /^drivers\/net\/(dummy|veth|nlmon|ifb|tun|vrf|macsec)\.ko/,
  /^drivers\/net\/netdevsim\//,
  /^drivers\/(virtio|char)\/virtio_?[^/]*$/,
];

/** Files about the modules that are in the kernel itself. */
const builtinLists = ['modules.builtin', 'modules.builtin.modinfo'];

/**
 * Copy the modules that matter, decompressed, from a directory of modules (…/lib/modules/V) to
 * kernel/ below the directory `to`, with a modules.dep of just these.
 */
export async function gatherModules(from: string, to: string, signal: AbortSignal): Promise<void> {
  const all = new Map((await findModules(from)).map((path) => [moduleName(path), path]));
  const depends = new Map<string, string[]>();
  const paths = new Map<string, string>();
  let layer = [...all].filter(([, path]) => isWanted(path));
  while (layer.length > 0) {
    for (const [name, path] of await copyModules(layer, from, join(to, 'kernel'), signal)) {
      const needs = await moduleDepends(join(to, 'kernel', path));
      if (!needs) throw new HarnessError(`${join(from, path)} is not a kernel module.`);
      depends.set(name, needs);
      paths.set(name, path);
    }
    const next = new Set([...depends.values()].flat().filter((name) => !depends.has(name)));
    layer = [...next].flatMap((name) => {
      const path = all.get(name);
      return path ? [[name, path] as [string, string]] : [];
    });
  }
  if (depends.size === 0) return;
  await writeFile(join(to, 'modules.dep'), modulesDep(depends, paths));
  for (const list of builtinLists) await copyFile(join(from, list), join(to, list)).catch(() => {});
}

function isWanted(path: string): boolean {
  return wanted.some((pattern) => pattern.test(belowKernel(path)));
}

/** "net/xfrm/xfrm_user.ko" of "…/kernel/net/xfrm/xfrm_user.ko", as of a path in a build tree. */
function belowKernel(path: string): string {
  return path.replace(/^(.*\/)?kernel\//, '');
}

async function copyModules(
  modules: readonly (readonly [string, string])[],
  from: string,
  to: string,
  signal: AbortSignal,
): Promise<[string, string][]> {
  const targets = modules.map(([, path]) => join(to, belowKernel(path)));
  for (const [i, [, path]] of modules.entries()) {
    await mkdir(dirname(targets[i]!), { recursive: true });
    await copyFile(join(from, path), targets[i]!);
  }
  const files = await decompressModules(targets, signal);
  return modules.map(([name], i) => [name, files[i]!.slice(to.length + 1)]);
}

/**
 * modules.dep as depmod(8) writes it: a module, then all it needs, each before what it needs
 * itself, so that loading goes from the end to the start. Pure.
 */
export function modulesDep(
  depends: ReadonlyMap<string, readonly string[]>,
  paths: ReadonlyMap<string, string>,
): string {
  const lines = [...depends.keys()].sort().map((name) => {
    const order: string[] = [];
    visit(name, order, new Set());
    const needed = order.slice(0, -1).reverse();
    return `kernel/${paths.get(name)}:${needed.map((each) => ` kernel/${paths.get(each)}`).join('')}\n`;
  });
  return lines.join('');

  function visit(name: string, order: string[], seen: Set<string>): void {
    // A need that is not here is built into the kernel.
    if (seen.has(name) || !paths.has(name)) return;
    seen.add(name);
    for (const need of depends.get(name) ?? []) visit(need, order, seen);
    order.push(name);
  }
}
