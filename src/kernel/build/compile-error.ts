/** What went wrong in a build, and the lines around it as the tool wrote them. */
export interface BuildFailure {
  /** One line: "net/xfrm/xfrm_state.c:12:3: error: …". */
  title: string;
  excerpt: string;
}

/** Most telling first: an error of the compiler, of the linker, of Kconfig, of make. */
const signs = [
  /: (fatal )?error: /,
  /: undefined reference to |multiple definition of /,
  /^(\S+: )?ERROR: |^error: /,
  /: not found$|: No such file or directory$/,
  /\*\*\* /,
];
const excerptLines = 8;
/** How the compiler calls the sources (see `viewSource`). */
const aboveBuildDirectory = /(?<=^|\s)\.\.\/(?=\w)/g;

/** The first error in the output of make, not the last line. */
export function firstBuildError(written: readonly string[]): BuildFailure {
  const output = written.map((line) => line.replaceAll(aboveBuildDirectory, ''));
  for (const sign of signs) {
    const at = output.findIndex((line) => sign.test(line));
    const title = output[at];
    if (title !== undefined) return { title: title.trim(), excerpt: excerptAt(output, at) };
  }
  const last = output.at(-1) ?? 'make failed without a word';
  return { title: last, excerpt: output.slice(-excerptLines).join('\n') };
}

/** Starts at the "In function …" line above the error, ends where make goes on with other work. */
function excerptAt(output: readonly string[], at: number): string {
  const above = output[at - 1] ?? '';
  const start = /: (In function|At top level|in expansion)/.test(above) ? at - 1 : at;
  const excerpt: string[] = [];
  for (const line of output.slice(start, start + excerptLines)) {
    if (excerpt.length > 0 && (isStep(line) || /^make(\[\d+\])?: /.test(line))) break;
    excerpt.push(line);
  }
  return excerpt.join('\n');
}

/** A line of kbuild's short log: "  CC      net/xfrm/xfrm_state.o". */
export function isStep(line: string): boolean {
  return /^ {2}[A-Z][A-Z0-9_ []*\]? +\S/.test(line);
}

/** A step that yields an object file: what progress counts. */
export function isObjectStep(line: string): boolean {
  return isStep(line) && line.endsWith('.o');
}
