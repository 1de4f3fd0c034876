import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/**
 * A tree that answers to the same make calls as Linux does, in milliseconds: each call is noted in
 * O=/calls, and the "kernel" is a copy of kernel.c.
 */
export interface FakeTree {
  path: string;
  /** Directory that everything of the test is in, to be removed. */
  root: string;
  /** Writes a file of the tree. */
  write(name: string, text: string): void;
  git(...args: string[]): string;
}

const makefile = `VERSION = 7
PATCHLEVEL = 3
SUBLEVEL = 4
note = mkdir -p $(O)/include/config && echo $@ >> $(O)/calls
tinyconfig:
	@$(note); echo CONFIG_TINY=y > $(O)/.config
olddefconfig:
	@$(note); cat $(CURDIR)/forced >> $(O)/.config 2>/dev/null || true
	@printf 'deps_config := \\\\\\n\\tKconfig\\n' > $(O)/include/config/auto.conf.cmd
linux:
	@$(note); echo "  CC      kernel.o"; echo "  CC      user.o"
	@if grep -n BROKEN kernel.c; then echo "kernel.c:1:1: error: 'BROKEN' undeclared"; echo "  CC      late.o"; exit 1; fi
	@if grep -q SLOW kernel.c; then echo $$$$ > $(O)/slow; exec sleep 60; fi
	@cp kernel.c $(O)/linux; if grep -q UNSTABLE kernel.c; then echo stable > kernel.c; fi
	@echo 7.3.4 > $(O)/include/config/kernel.release
	@echo "0 T xfrm_do_migrate_state" > $(O)/System.map; echo "1 t other" >> $(O)/System.map
`;

/** The real one warns; here it only appends. Called as: -m -O DIR CONFIG FRAGMENT… */
const mergeConfig = `#!/bin/sh
config=$4
shift 4
cat "$@" >> "$config"
`;

export function makeFakeTree(): FakeTree {
  const root = mkdtempSync(join(tmpdir(), 'xfrm-conform-test-'));
  const path = join(root, 'linux');
  const write = (name: string, text: string) => {
    mkdirSync(join(path, name, '..'), { recursive: true });
    writeFileSync(join(path, name), text);
  };
  write('Makefile', makefile);
  write('Kconfig', 'config TINY\n\tbool\n');
  write('kernel.c', 'one\n');
  write('scripts/kconfig/merge_config.sh', mergeConfig);
  execFileSync('chmod', ['+x', join(path, 'scripts/kconfig/merge_config.sh')]);
  const identity = ['-c', 'user.name=Test', '-c', 'user.email=test@example.org'];
  const git = (...args: string[]) =>
    execFileSync('git', [...identity, '-C', path, ...args], { encoding: 'utf8' }).trim();
  return { path, root, write, git };
}

/** The targets that make was called with in an O= directory, in order. */
export function callsIn(output: string): string[] {
  const file = join(output, 'calls');
  return existsSync(file) ? readFileSync(file, 'utf8').trim().split('\n') : [];
}
