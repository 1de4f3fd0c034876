/** A fenced block of a Markdown file. */
export interface Block {
  readonly language: string;
  readonly text: string;
  /** The heading above it. */
  readonly section: string;
}

export function blocksOf(markdown: string): Block[] {
  const blocks: Block[] = [];
  let section = '';
  const parts = /^#+ (?<heading>.*)$|^```(?<language>\w+)\n(?<text>[\s\S]*?)^```$/gm;
  for (const { groups } of markdown.matchAll(parts)) {
    const { heading, language, text } = groups as Record<string, string | undefined>;
    if (heading !== undefined) section = heading;
    else if (language !== undefined && text !== undefined) blocks.push({ language, text, section });
  }
  return blocks;
}
