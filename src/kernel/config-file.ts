/**
 * The options that a kernel configuration (.config, /proc/config.gz) sets, without the CONFIG_
 * prefix; strings without their quotes. Null when the text is no such file.
 */
export function parseKernelConfig(text: string): Record<string, string> | null {
  const config: Record<string, string> = {};
  for (const line of text.split('\n')) {
    const match = /^CONFIG_(\w+)=(.*)$/.exec(line);
    if (match) config[match[1]!] = match[2]!.replace(/^"(.*)"$/, '$1');
  }
  return Object.keys(config).length > 0 ? config : null;
}
