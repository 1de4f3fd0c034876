import leven from 'leven';

/**
 * The known name that somebody most likely meant, for "did you mean …?"; null when none is near.
 *
 * Names with slashes may be given by their end ("encap/removed"), as people do.
 */
export function nearestName(given: string, known: readonly string[]): string | null {
  const wanted = given.toLowerCase();
  let best: { name: string; distance: number } | null = null;
  for (const name of known) {
    const distance = distanceTo(wanted, name.toLowerCase());
    if (distance < (best?.distance ?? Number.POSITIVE_INFINITY)) best = { name, distance };
  }
  // Beyond a third of what was typed the two have little in common.
  return best !== null && best.distance <= Math.max(2, wanted.length / 3) ? best.name : null;
}

/** "; did you mean encap/removed?" or nothing: the end of an error's sentence. */
export function didYouMean(given: string, known: readonly string[]): string {
  const name = nearestName(given, known);
  return name === null ? '' : `; did you mean ${name}?`;
}

function distanceTo(wanted: string, name: string): number {
  const segments = name.split('/');
  const end = segments.slice(-wanted.split('/').length).join('/');
  // An end is a little worse than the whole name.
  return Math.min(leven(wanted, name), leven(wanted, end) + 0.5);
}
