/** The seed of cases that choose at random when no other is asked for: results can be repeated. */
export const defaultSeed = 1;

/**
 * Random numbers that a seed determines (mulberry32), for the choice of cases and not for secrets.
 *
 * @param seed 32 bits of it count
 * @returns a function that gives the next number, at least 0 and below 1
 */
export function randomNumbers(seed: number): () => number {
  let state = seed | 0;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
