import type { WantedOption } from './fragment.ts';

/** A wanted option that the final config does not have. */
export interface UntakenOption extends WantedOption {
  /** What the final config has instead; "n" when it has no such option. */
  got: string;
}

/**
 * Compares what fragments ask for with a final config (symbols without CONFIG_; unset ones missing).
 * An optional one may be missing, but not be set to something else.
 */
export function untakenOptions(
  wanted: readonly WantedOption[],
  config: Readonly<Record<string, string>>,
): UntakenOption[] {
  return wanted.flatMap((option) => {
    const got = config[option.symbol] ?? 'n';
    if (got === option.value || (option.optional && got === 'n')) return [];
    return [{ ...option, got }];
  });
}
