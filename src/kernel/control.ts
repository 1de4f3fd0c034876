/** One stanza of a Debian control file: field names in lower case, continuation lines joined. */
export type Stanza = Readonly<Record<string, string>>;

/** Parse what apt-cache show, dpkg-deb -f and apt-get indextargets print (deb822). */
export function parseControl(text: string): Stanza[] {
  const stanzas: Record<string, string>[] = [];
  let stanza: Record<string, string> | null = null;
  let field = '';
  for (const line of text.split('\n')) {
    if (line.trim() === '') {
      stanza = null;
      continue;
    }
    if (stanza === null) {
      stanza = {};
      stanzas.push(stanza);
    }
    if (/^[ \t]/.test(line)) {
      if (field in stanza) stanza[field] += `\n${line.trim()}`;
      continue;
    }
    const colon = line.indexOf(':');
    if (colon < 1) continue;
    field = line.slice(0, colon).toLowerCase();
    stanza[field] = line.slice(colon + 1).trim();
  }
  return stanzas;
}

/** A relation such as "linux-base-V (= 7.3.4-1)" of a Depends field. */
export interface Dependency {
  name: string;
  /** The exact version that is demanded; null when any or a range will do. */
  exactVersion: string | null;
}

/** The dependencies of a Depends field; of alternatives, the first. */
export function parseDepends(field: string): Dependency[] {
  return field
    .split(',')
    .map((relation) => relation.split('|')[0]!.trim())
    .filter((relation) => relation !== '')
    .map((relation) => ({
      name: relation.split(/[\s(:[]/)[0]!,
      exactVersion: /\(\s*=\s*([^)\s]+)\s*\)/.exec(relation)?.[1] ?? null,
    }));
}
