import { findSplat } from '../verdict/splat.ts';
import type { Crash } from '../verdict/verdict.ts';
import type { SessionEnd } from './session.ts';

export interface LastWords {
  /** The end of the guest's console. */
  console: string;
  /** How the console ended when the case started. */
  mark: string;
  /** What could be learned of a guest that hangs. */
  diagnosis: string;
}

/** The crash of the case that was in flight when its guest went down or hung. */
export function crashOfEnd(end: SessionEnd, { console, mark, diagnosis }: LastWords): Crash {
  // The report of an earlier case may stand above; but the console can also be ahead of the
  // event that the case started, so what stands before the mark is looked at when nothing follows.
  const place = mark === '' ? -1 : console.lastIndexOf(mark);
  const after = place < 0 ? console : console.slice(place + mark.length);
  const splat = findSplat(after.split('\n')) ?? findSplat(console.split('\n'));
  return (
    splat ?? {
      title: end.how === 'hang' ? 'hang' : 'the guest went down',
      log: [end.detail, diagnosis, console.slice(-4096)].filter(Boolean).join('\n'),
      fingerprint: null,
    }
  );
}
