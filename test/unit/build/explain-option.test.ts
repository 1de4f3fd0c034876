import { describe, expect, test } from 'vitest';
import { blockedBy, selectedBy } from '../../../src/kernel/build/explain-option.ts';
import { parseKconfig } from '../../../src/kernel/build/kconfig.ts';

// Cut from net/xfrm/Kconfig and lib/Kconfig.kasan of Linux 7.3, with an `if` around them.
const kconfig = `# SPDX-License-Identifier: GPL-2.0-only
if INET
config XFRM_MIGRATE
	bool "Transformation migrate database"
	depends on XFRM
	help
	  A feature to update locator(s) of a given IPsec security
	  association dynamically.

	  config NOT_AN_ENTRY: this is still help.

config NET_KEY_MIGRATE
	bool "PF_KEY MIGRATE"
	depends on NET_KEY
	select XFRM_MIGRATE
	select XFRM_OTHER if IPV6
endif

menu "Debugging"
	depends on DEBUG_KERNEL

menuconfig KASAN
	bool "KASAN: dynamic memory safety error detector"
	depends on (HAVE_ARCH_KASAN && CC_HAS_KASAN_GENERIC) || \\
		   HAVE_ARCH_KASAN_HW_TAGS
	depends on SYSFS && !SLUB_TINY # a comment
endmenu
`;
const entries = parseKconfig(kconfig, 'net/xfrm/Kconfig');
const entry = (symbol: string) => entries.find((each) => each.symbol === symbol);

describe('parseKconfig', () => {
  test('finds the entries, with their places', () => {
    expect(entries.map(({ symbol, place }) => `${symbol} ${place}`)).toEqual([
      'XFRM_MIGRATE net/xfrm/Kconfig:3',
      'NET_KEY_MIGRATE net/xfrm/Kconfig:12',
      'KASAN net/xfrm/Kconfig:22',
    ]);
  });

  test('collects conditions: its own, joined lines, those of the blocks around it', () => {
    expect(entry('XFRM_MIGRATE')?.dependsOn).toEqual(['INET', 'XFRM']);
    expect(entry('KASAN')?.dependsOn).toEqual([
      'DEBUG_KERNEL',
      '(HAVE_ARCH_KASAN && CC_HAS_KASAN_GENERIC) ||  HAVE_ARCH_KASAN_HW_TAGS',
      'SYSFS && !SLUB_TINY',
    ]);
  });

  test('collects what an entry selects', () => {
    expect(entry('NET_KEY_MIGRATE')?.selects).toEqual([
      { symbol: 'XFRM_MIGRATE', condition: null },
      { symbol: 'XFRM_OTHER', condition: 'IPV6' },
    ]);
  });
});

describe('why an option did not take', () => {
  test('something that is on selects it', () => {
    const config = { XFRM_MIGRATE: 'y', NET_KEY_MIGRATE: 'y' };
    expect(selectedBy(entries, 'XFRM_MIGRATE', config)).toBe(
      'it is selected by NET_KEY_MIGRATE=y (net/xfrm/Kconfig:12)',
    );
  });

  test('what is off selects nothing', () => {
    expect(selectedBy(entries, 'XFRM_MIGRATE', { XFRM_MIGRATE: 'y' })).toBeNull();
  });

  test('what it depends on is named with its value', () => {
    const text = blockedBy([entry('KASAN')!], { SYSFS: 'y', SLUB_TINY: 'y', DEBUG_KERNEL: 'y' });
    expect(text).toContain('(SYSFS && !SLUB_TINY)');
    expect(text).toContain('SLUB_TINY=y');
    expect(text).toContain('HAVE_ARCH_KASAN=n');
  });

  test('when it has all that it depends on, it is out of reach', () => {
    const own = [entry('NET_KEY_MIGRATE')!];
    const [on, off] = [{ INET: 'y', NET_KEY: 'm' }, { INET: 'y' }];
    expect(blockedBy(own, on)).toMatch(/, which the config has: no other Kconfig file reads/);
    expect(blockedBy(own, off)).toContain('and the config has INET=y, NET_KEY=n');
  });
});
