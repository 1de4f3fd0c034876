import { HarnessError } from '../error.ts';
import type { DeclaredKind, GuestFacts, InterfaceName, KernelFacts } from './kernel.ts';
import { pickMigrateSymbols } from './migrate-symbols.ts';

/** Something that one source says of a yes-or-no question, in words that name where it stands. */
interface Claim {
  holds: boolean;
  evidence: string;
}

/** What was read in one place: the kernel's files on the host, or the booted kernel. */
interface Source {
  config: Readonly<Record<string, string>> | null;
  configFile: string;
  symbols: readonly string[] | null;
  symbolFiles: string;
}

/**
 * The kind of kernel that each interface gets to face, from facts that do not pass through netlink.
 *
 * - The handler `xfrm_do_migrate_state` exists, as a stub even when compiled out, in every kernel
 *   that knows the message type; without it the kernel predates XFRM_MSG_MIGRATE_STATE.
 * - CONFIG_XFRM_MIGRATE decides between full and compiled out; the function `xfrm_migrate` exists
 *   with it only, and must agree.
 * - A list of symbols proves an absence only when it has `xfrm_do_migrate`, which has been in every
 *   kernel since 2.6.21: otherwise xfrm_user was not looked at.
 *
 * Throws a HarnessError that names the facts when they contradict each other or are not enough.
 */
export function declareKinds(
  facts: KernelFacts,
  guest: GuestFacts | null,
): Record<InterfaceName, DeclaredKind> {
  const sources = [fromFiles(facts), ...(guest ? [fromGuest(guest)] : [])];
  refuseWithoutXfrmUser(sources);
  const option = settle(sources.flatMap(optionClaim));
  const core = settle(sources.flatMap((source) => symbolClaim(source, 'xfrm_migrate')));
  const handler = settle(sources.flatMap((source) => symbolClaim(source, 'xfrm_do_migrate_state')));
  const compiledIn = settle([option, core].filter((claim) => claim !== null));
  if (!compiledIn) {
    throw new HarnessError(
      'Whether this kernel has CONFIG_XFRM_MIGRATE cannot be told: there is no kernel config (beside the image, in /proc/config.gz) and no list of symbols that has xfrm_do_migrate (System.map, xfrm_user.ko, /proc/kallsyms).',
    );
  }
  if (!handler) {
    throw new HarnessError(
      'Whether this kernel knows XFRM_MSG_MIGRATE_STATE cannot be told: no list of symbols has xfrm_do_migrate (System.map, xfrm_user.ko, /proc/kallsyms).',
    );
  }
  const migrate: DeclaredKind = {
    kind: compiledIn.holds ? 'full' : 'compiledOut',
    evidence: compiledIn.evidence,
  };
  return {
    migrate,
    'migrate-state': handler.holds
      ? { kind: migrate.kind, evidence: `${handler.evidence}; ${compiledIn.evidence}` }
      : { kind: 'predates', evidence: handler.evidence },
  };
}

function fromFiles(facts: KernelFacts): Source {
  return {
    config: facts.config,
    configFile: facts.origin?.config ?? "the kernel's config",
    symbols: facts.migrateSymbols,
    symbolFiles: facts.origin?.symbols ?? "the kernel's files",
  };
}

function fromGuest(guest: GuestFacts): Source {
  return {
    config: guest.config,
    configFile: '/proc/config.gz',
    symbols: guest.migrateSymbols,
    symbolFiles: '/proc/kallsyms',
  };
}

function refuseWithoutXfrmUser(sources: readonly Source[]): void {
  const without = sources.find(({ config }) => config && !isSet(config, 'XFRM_USER'));
  if (!without) return;
  throw new HarnessError(
    `CONFIG_XFRM_USER is not set in ${without.configFile}, so this kernel has neither interface: build it with CONFIG_XFRM_USER.`,
  );
}

function optionClaim({ config, configFile }: Source): Claim[] {
  if (!config) return [];
  const holds = isSet(config, 'XFRM_MIGRATE');
  const says = holds ? 'CONFIG_XFRM_MIGRATE=y' : 'CONFIG_XFRM_MIGRATE is not set';
  return [{ holds, evidence: `${says} in ${configFile}` }];
}

function isSet(config: Readonly<Record<string, string>>, option: string): boolean {
  return config[option] === 'y' || config[option] === 'm';
}

function symbolClaim({ symbols, symbolFiles }: Source, name: string): Claim[] {
  if (!symbols) return [];
  const known = new Set(pickMigrateSymbols(symbols));
  if (known.has(name)) return [{ holds: true, evidence: `symbol ${name} in ${symbolFiles}` }];
  if (!known.has('xfrm_do_migrate')) return [];
  return [{ holds: false, evidence: `no symbol ${name} in ${symbolFiles}` }];
}

/** The claim that all agree on; null when there is none. */
function settle(claims: readonly Claim[]): Claim | null {
  const [first] = claims;
  if (!first) return null;
  const opposed = claims.find(({ holds }) => holds !== first.holds);
  if (opposed) {
    throw new HarnessError(
      `The facts about this kernel contradict each other: ${first.evidence}, but ${opposed.evidence}; do the image, its modules and its config belong together?`,
    );
  }
  return first;
}
