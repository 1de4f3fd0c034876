import { describe, expect, it } from 'vitest';
import { HarnessError } from '../../../src/error.ts';
import type { GuestFacts, KernelFacts } from '../../../src/kernel/kernel.ts';
import { declareKinds } from '../../../src/kernel/kinds.ts';

const withOption = { XFRM_USER: 'm', XFRM_MIGRATE: 'y' };
const withoutOption = { XFRM_USER: 'm' };
const handlers = ['xfrm_do_migrate', 'xfrm_do_migrate_state'];

function host(facts: Partial<KernelFacts>): KernelFacts {
  return {
    release: '7.3.4',
    version: '7.3.4',
    arch: 'x86_64',
    config: null,
    migrateSymbols: null,
    origin: { config: 'config-7.3.4', symbols: 'xfrm_user.ko' },
    ...facts,
  };
}

function guest(facts: Partial<GuestFacts>): GuestFacts {
  return { release: '7.3.4', build: '#1 SMP', config: null, migrateSymbols: null, ...facts };
}

describe('declareKinds', () => {
  it('declares a kernel with both interfaces', () => {
    const facts = host({ config: withOption, migrateSymbols: [...handlers, 'xfrm_migrate'] });
    expect(declareKinds(facts, null)).toEqual({
      migrate: { kind: 'full', evidence: 'CONFIG_XFRM_MIGRATE=y in config-7.3.4' },
      'migrate-state': {
        kind: 'full',
        evidence:
          'symbol xfrm_do_migrate_state in xfrm_user.ko; CONFIG_XFRM_MIGRATE=y in config-7.3.4',
      },
    });
  });

  it('declares a kernel without CONFIG_XFRM_MIGRATE, whose handlers are stubs', () => {
    const kinds = declareKinds(host({ config: withoutOption, migrateSymbols: handlers }), null);
    expect(kinds.migrate.kind).toBe('compiledOut');
    expect(kinds['migrate-state'].kind).toBe('compiledOut');
    expect(kinds.migrate.evidence).toBe('CONFIG_XFRM_MIGRATE is not set in config-7.3.4');
  });

  it.each([
    ['with', withOption, ['xfrm_do_migrate', 'xfrm_migrate'], 'full'],
    ['without', withoutOption, ['xfrm_do_migrate'], 'compiledOut'],
  ] as const)('declares an older kernel %s the option', (_with, config, migrateSymbols, kind) => {
    expect(declareKinds(host({ config, migrateSymbols }), null)).toMatchObject({
      migrate: { kind },
      'migrate-state': {
        kind: 'predates',
        evidence: 'no symbol xfrm_do_migrate_state in xfrm_user.ko',
      },
    });
  });

  it('takes what the compiler added for the name in the source', () => {
    const migrateSymbols = ['xfrm_do_migrate.cold', '__pfx_xfrm_do_migrate_state', 'xfrm_migrate'];
    const kinds = declareKinds(host({ config: withOption, migrateSymbols }), null);
    expect(kinds['migrate-state'].kind).toBe('full');
  });

  it('goes by the symbols where there is no config', () => {
    const migrateSymbols = [...handlers, 'xfrm_migrate'];
    expect(declareKinds(host({ migrateSymbols }), null).migrate).toEqual({
      kind: 'full',
      evidence: 'symbol xfrm_migrate in xfrm_user.ko',
    });
    expect(declareKinds(host({ migrateSymbols: handlers }), null).migrate.kind).toBe('compiledOut');
  });

  it('takes from the guest what the host does not know', () => {
    const inside = guest({ config: withOption, migrateSymbols: [...handlers, 'xfrm_migrate'] });
    expect(declareKinds(host({}), inside)['migrate-state']).toEqual({
      kind: 'full',
      evidence:
        'symbol xfrm_do_migrate_state in /proc/kallsyms; CONFIG_XFRM_MIGRATE=y in /proc/config.gz',
    });
  });

  it('does not let symbols of a guest without xfrm_user prove an absence', () => {
    const facts = host({ config: withOption, migrateSymbols: [...handlers, 'xfrm_migrate'] });
    const inside = guest({ migrateSymbols: ['xfrm_migrate'] });
    expect(declareKinds(facts, inside)['migrate-state'].kind).toBe('full');
  });
});

describe('declareKinds refuses', () => {
  it.each<[string, Partial<KernelFacts>, Partial<GuestFacts> | null, RegExp]>([
    ['nothing known at all', {}, null, /CONFIG_XFRM_MIGRATE cannot be told/],
    ['no symbols', { config: withOption }, null, /XFRM_MSG_MIGRATE_STATE cannot be told/],
    [
      'symbols without xfrm_user among them',
      { config: withOption, migrateSymbols: ['xfrm_migrate'] },
      null,
      /XFRM_MSG_MIGRATE_STATE cannot be told/,
    ],
    [
      'a config that says yes and symbols that say no',
      { config: withOption, migrateSymbols: handlers },
      null,
      /CONFIG_XFRM_MIGRATE=y in config-7.3.4, but no symbol xfrm_migrate in xfrm_user.ko/,
    ],
    [
      'a config that says no and symbols that say yes',
      { config: withoutOption, migrateSymbols: [...handlers, 'xfrm_migrate'] },
      null,
      /not set in config-7.3.4, but symbol xfrm_migrate in xfrm_user.ko/,
    ],
    [
      'configs of host and guest that differ',
      { config: withOption, migrateSymbols: [...handlers, 'xfrm_migrate'] },
      { config: withoutOption },
      /=y in config-7.3.4, but CONFIG_XFRM_MIGRATE is not set in \/proc\/config.gz/,
    ],
    [
      'a handler that the guest does not have',
      { config: withOption, migrateSymbols: [...handlers, 'xfrm_migrate'] },
      { migrateSymbols: ['xfrm_do_migrate', 'xfrm_migrate'] },
      /symbol xfrm_do_migrate_state in xfrm_user.ko, but no symbol xfrm_do_migrate_state in \/proc\/kallsyms/,
    ],
    [
      'a kernel without xfrm_user',
      { config: { XFRM: 'y' }, migrateSymbols: handlers },
      null,
      /CONFIG_XFRM_USER is not set in config-7.3.4/,
    ],
  ])('%s', (_what, onHost, inGuest, message) => {
    const call = () => declareKinds(host(onHost), inGuest && guest(inGuest));
    expect(call).toThrow(HarnessError);
    expect(call).toThrow(message);
  });
});
