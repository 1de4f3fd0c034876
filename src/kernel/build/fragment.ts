/** One option that a kernel config fragment asks for. */
export interface WantedOption {
  /** Without the CONFIG_ prefix. */
  symbol: string;
  /** "y", "m", "n" (written `# CONFIG_X is not set`), a number or a quoted string. */
  value: string;
  /** True when a tree without the option is good enough. */
  optional: boolean;
  /** File name of the fragment: "base.config". */
  fragment: string;
}

const set = /^CONFIG_(\w+)=(.*)$/;
const unset = /^# CONFIG_(\w+) is not set$/;
const optionalMark = /^# optional\b/;

/**
 * Reads a fragment as the kernel's merge_config.sh does. A comment that begins "# optional" marks
 * the one option below it.
 */
export function parseFragment(text: string, fragment: string): WantedOption[] {
  const options: WantedOption[] = [];
  let optional = false;
  for (const line of text.split('\n')) {
    const [, symbol, value] = set.exec(line) ?? unset.exec(line) ?? [];
    if (symbol !== undefined) options.push({ symbol, value: value ?? 'n', optional, fragment });
    optional = optionalMark.test(line);
  }
  return options;
}

/** What is left when several fragments are merged in this order: the last word on each symbol. */
export function mergeOptions(fragments: readonly (readonly WantedOption[])[]): WantedOption[] {
  const bySymbol = new Map<string, WantedOption>();
  for (const option of fragments.flat()) bySymbol.set(option.symbol, option);
  return [...bySymbol.values()];
}
