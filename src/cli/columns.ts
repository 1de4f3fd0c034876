/** Columns of the terminal; lines are not broken for a file or a pipe, where grep wants them whole. */
export function columns(): number {
  if (process.stdout.isTTY) return process.stdout.columns || 80;
  return Number(process.env.COLUMNS) || 1000;
}
