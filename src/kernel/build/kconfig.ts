/** One `config` entry of a Kconfig file, as far as it explains why an option has its value. */
export interface KconfigEntry {
  symbol: string;
  /** "net/key/Kconfig:20" */
  place: string;
  /** Conditions of `depends on`, and of the `if` and `menu` blocks around it in this file. */
  dependsOn: string[];
  /** Symbols that this entry selects, each with its `if` condition or null. */
  selects: { symbol: string; condition: string | null }[];
}

interface Block {
  kind: 'if' | 'menu' | 'choice';
  conditions: string[];
}

/** Reads the entries of one Kconfig file. Not a Kconfig interpreter: `source` is not followed. */
export function parseKconfig(text: string, path: string): KconfigEntry[] {
  const entries: KconfigEntry[] = [];
  const blocks: Block[] = [];
  let entry: KconfigEntry | null = null;
  let inHelp = false;
  let lineNumber = 0;
  for (const line of joinContinued(text)) {
    lineNumber += line.height;
    const [keyword = '', rest = ''] = splitKeyword(line.text);
    if (inHelp && (/^\s/.test(line.text) || line.text === '')) continue;
    inHelp = keyword === 'help' || keyword === '---help---';
    if (keyword === 'config' || keyword === 'menuconfig') {
      const dependsOn = blocks.flatMap((block) => block.conditions);
      const place = `${path}:${lineNumber - line.height + 1}`;
      entry = { symbol: rest, place, dependsOn, selects: [] };
      entries.push(entry);
    } else if (keyword === 'if' || keyword === 'menu' || keyword === 'choice') {
      blocks.push({ kind: keyword, conditions: keyword === 'if' ? [rest] : [] });
      entry = null;
    } else if (/^end(if|menu|choice)$/.test(keyword)) {
      blocks.pop();
      entry = null;
    } else if (keyword === 'depends') {
      const condition = rest.replace(/^on\s+/, '');
      (entry?.dependsOn ?? blocks.at(-1)?.conditions)?.push(condition);
    } else if (keyword === 'select' && entry !== null) {
      const [symbol = '', condition = null] = rest.split(/\s+if\s+/);
      entry.selects.push({ symbol, condition });
    }
  }
  return entries;
}

function splitKeyword(line: string): string[] {
  const text = line.replace(/\s#.*$/, '').trim();
  return /^(\S+)\s*(.*)$/.exec(text)?.slice(1) ?? [];
}

/** Lines that end in a backslash, joined with the next; height counts the lines joined. */
function joinContinued(text: string): { text: string; height: number }[] {
  const lines: { text: string; height: number }[] = [];
  let open = false;
  for (const line of text.split('\n')) {
    const body = line.replace(/\\$/, '');
    const last = lines.at(-1);
    if (open && last !== undefined) {
      last.text += ` ${body.trim()}`;
      last.height += 1;
    } else {
      lines.push({ text: body, height: 1 });
    }
    open = body !== line;
  }
  return lines;
}
