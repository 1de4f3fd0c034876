/**
 * What a case throws when what it is about did not come together in time, which says nothing about
 * the kernel: the case is run again as if it had not been.
 */
export class MissedMoment extends Error {
  override readonly name = 'MissedMoment';
}
