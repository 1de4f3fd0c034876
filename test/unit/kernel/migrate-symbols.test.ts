import { describe, expect, it } from 'vitest';
import { migrateSymbolsOfMap, pickMigrateSymbols } from '../../../src/kernel/migrate-symbols.ts';

describe('pickMigrateSymbols', () => {
  it('keeps each name of interest once, as the source spells it', () => {
    const names = [
      'xfrm_do_migrate',
      '__pfx_xfrm_do_migrate',
      'xfrm_do_migrate.cold',
      'xfrm_do_migrate_state.constprop.0',
      'migrate_pages',
      '_RNvXsv0_8bindings23xfrm_user_migrate_state7default',
    ];
    expect(pickMigrateSymbols(names)).toEqual(['xfrm_do_migrate', 'xfrm_do_migrate_state']);
  });
});

describe('migrateSymbolsOfMap', () => {
  it('reads System.map', () => {
    const map = '00000000602b8cd1 t xfrm_do_migrate\n00000000602a9e0e T xfrm_migrate\n';
    expect(migrateSymbolsOfMap(map)).toEqual(['xfrm_do_migrate', 'xfrm_migrate']);
  });

  it('reads /proc/kallsyms with hidden addresses, modules named', () => {
    const map = '0000000000000000 t xfrm_do_migrate\t[xfrm_user]\n0000000000000000 T kfree\n';
    expect(migrateSymbolsOfMap(map)).toEqual(['xfrm_do_migrate']);
  });

  it('is null for the stub that Debian ships', () => {
    const stub =
      'ffffffffffffffff B The real System.map is in the linux-image-<version>-dbg package\n';
    expect(migrateSymbolsOfMap(stub)).toBeNull();
  });
});
