import type { Needs } from '../case/case.ts';
import { compareVersions, isVersion } from './version.ts';

/** What of a kernel decides whether it has what a case needs. */
export interface Having {
  /** Upstream version: "7.3.4". */
  readonly version: string;
  /** Config symbols without CONFIG_; null when they could not be had. */
  readonly config: Readonly<Record<string, string>> | null;
}

/**
 * The first declared need that a kernel does not meet, as one phrase ("CONFIG_NETDEVSIM is not
 * set"); null when it meets all. What is not known of a kernel, it does not have.
 */
export function unmetNeed(needs: Needs, { version, config }: Having): string | null {
  const { minVersion } = needs;
  if (minVersion !== undefined) {
    if (!isVersion(version)) return `needs Linux ${minVersion}; "${version}" cannot be compared`;
    if (compareVersions(version, minVersion) < 0) return `needs Linux ${minVersion}`;
  }
  for (const need of needs.kconfig ?? []) {
    const symbol = need.replace(/^!/, '');
    if (config === null) return `needs CONFIG_${symbol}; the config of this kernel is not known`;
    const value = Object.hasOwn(config, symbol) ? config[symbol] : 'n';
    const isSet = value === 'y' || value === 'm';
    if (isSet === need.startsWith('!')) return `CONFIG_${symbol} is ${isSet ? 'set' : 'not set'}`;
  }
  return null;
}
