import type { CaseResult } from '../report/results.ts';
import type { Mismatch } from '../verdict/verdict.ts';
import { knownCrash } from './crash.ts';
import { normaliseText } from './text.ts';

/** Enough of an observed value to tell failures apart. */
const longestValue = 200;

/**
 * A short text that is the same whenever a case fails in the same way, and tells one failure from
 * another: "fail reply: EINVAL: Invalid SPI 0x0", "crash: KASAN: … at xfrm_state_find < …",
 * "broken: …". The verdict alone where there is no more to say.
 */
export function failureSignature({ verdict, crash }: CaseResult): string {
  if (verdict.status === 'crash' && crash !== null) {
    const { title, fingerprint } = knownCrash(crash);
    return `crash: ${title}${fingerprint === null ? '' : ` at ${fingerprint}`}`;
  }
  if (verdict.status === 'broken' || verdict.status === 'skip')
    return normaliseText(`${verdict.status}: ${verdict.reason?.split('\n', 1)[0] ?? 'no reason'}`);
  if (verdict.deviation !== null) return `${verdict.status}: ${verdict.deviation}`;
  const [first] = verdict.mismatches;
  return first === undefined ? verdict.status : `${verdict.status} ${describe(first)}`;
}

function describe({ path, observed, reply }: Mismatch): string {
  const value = reply?.observed ? describeReply(reply.observed) : observed;
  return `${path || 'observation'}: ${normaliseText(value).slice(0, longestValue)}`;
}

function describeReply({ errno, extack }: { errno: string; extack: string | null }): string {
  return extack ? `${errno}: ${extack}` : errno;
}
