const pattern = /xfrm-conform-init: ([^\r\n]*)/;

/** What our init said when it could not go on, from a console; null when it said nothing. */
export function initComplaint(console: string): string | null {
  return pattern.exec(console)?.[1] ?? null;
}
