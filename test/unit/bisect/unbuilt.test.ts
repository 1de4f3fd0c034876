import { expect, test } from 'vitest';
import { isUnbuilt } from '../../../src/bisect/unbuilt.ts';

const inputs = new Set(['net/xfrm/xfrm_user.c', 'include/net/xfrm.h', 'arch/um/kernel/um.c']);

test.each([
  // how, path, whether it can have no part in the kernel
  ['M', 'Documentation/networking/xfrm/xfrm_migrate_state.rst', true],
  ['A', 'Documentation/new.rst', true],
  ['M', 'MAINTAINERS', true],
  ['M', 'tools/testing/selftests/net/xfrm_policy.sh', true],
  ['M', 'drivers/net/macsec.c', true],
  ['M', 'arch/arm/mm/mmu.c', true],
  ['A', 'arch/arm64/boot/dts/new.dts', true],
  ['M', 'net/xfrm/xfrm_user.c', false],
  ['M', 'include/net/xfrm.h', false],
  // A header that is added may be found before the one that was read.
  ['A', 'include/linux/new.h', false],
  ['A', 'net/xfrm/new.c', false],
  ['D', 'drivers/net/macsec.c', false],
  ['M', 'net/xfrm/Makefile', false],
  ['M', 'net/xfrm/Kconfig', false],
  ['M', 'Documentation/Kconfig', false],
  ['M', 'scripts/mod/modpost.c', false],
  ['M', 'scripts/link-vmlinux.sh', false],
  ['M', 'arch/x86/entry/syscalls/syscall_64.tbl', false],
  ['M', 'arch/um/Makefile', false],
  ['M', 'arch/Kconfig', false],
  ['M', 'kernel/time/timeconst.bc', false],
  ['T', 'drivers/net/macsec.c', false],
])('%s %s: %s', (how, path, expected) => {
  expect(isUnbuilt({ how, path }, inputs, 'um')).toBe(expected);
});
