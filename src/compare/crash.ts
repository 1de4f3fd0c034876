import { callTrace } from '../verdict/call-trace.ts';
import { kernelMessages } from '../verdict/kernel-log.ts';
import type { Crash } from '../verdict/verdict.ts';
import { normaliseText } from './text.ts';

/** What a crash is known again by. */
export interface KnownCrash {
  readonly title: string;
  readonly fingerprint: string | null;
}

/** A frame that was found by scanning the stack. */
const unsure = /^\s*(?:\[<(?:0x)?[0-9a-f]+>\]\s*)?\? /;

/**
 * Title and fingerprint of a crash, without addresses and ids. A call trace of nothing but frames
 * marked "?" (UML without frame pointers) holds what earlier calls left on the stack, which differs
 * from run to run: it gives no fingerprint.
 */
export function knownCrash({ title, fingerprint, log }: Crash): KnownCrash {
  const texts = kernelMessages(log.split('\n')).map(({ text }) => text);
  const sure = texts.filter((text) => !unsure.test(text));
  const onlyUnsure = callTrace(texts).length > 0 && callTrace(sure).length === 0;
  return {
    title: normaliseText(title),
    fingerprint: fingerprint === null || onlyUnsure ? null : normaliseText(fingerprint),
  };
}
