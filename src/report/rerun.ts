import type { KernelResult } from './results.ts';

/** The command that runs just one case again on these kernels; a shell reads the lines as one. */
export function rerunLines(
  kernels: readonly KernelResult[],
  id: string,
  width: number,
): readonly string[] {
  const words = rerunWords(kernels, id);
  const line = words.join(' ');
  if (line.length <= width) return [line];
  return words.map((word, index) =>
    [index > 0 ? '  ' : '', word, index < words.length - 1 ? ' \\' : ''].join(''),
  );
}

export function rerunCommand(kernels: readonly KernelResult[], id: string): string {
  return rerunWords(kernels, id).join(' ');
}

function rerunWords(kernels: readonly KernelResult[], id: string): string[] {
  // The other machines are what their kernels run on when nothing is said.
  const vng = kernels.some(({ boots }) => boots.some(({ machine }) => machine === 'vng'));
  return [
    'scripts/run',
    ...kernels.map(({ kernel }) => `--kernel ${shellQuote(kernel.spec)}`),
    ...(vng ? ['--machine vng'] : []),
    `--case ${shellQuote(id)}`,
  ];
}

function shellQuote(word: string): string {
  // A ~ stays bare: inside a word a shell leaves it as it is.
  return /^[\w@%+=:,./~-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
}
