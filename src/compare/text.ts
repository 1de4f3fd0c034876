import { kernelMessages } from '../verdict/kernel-log.ts';
import { findSplat } from '../verdict/splat.ts';

/** A text of the kernel or of ours without what differs from boot to boot: addresses, offsets, ids. */
export function normaliseText(text: string): string {
  return text
    .replace(/\+0x[0-9a-f]+(?:\/0x[0-9a-f]+)?/gi, '')
    .replace(/\b(?:0x[0-9a-f]{8,}|[0-9a-f]{16})\b/gi, '(address)')
    .replace(/\b(PID|CPU)([:#]? ?)\d+/gi, '$1$2N')
    .replace(/\b1[5-9]\d{8}\b/g, '(time)');
}

/**
 * The lines of a case's kernel log that two kernels can be compared by: those that tell of IPsec.
 *
 * A crash report is compared by its title and fingerprint, not by its lines; and the "netlink:" lines
 * on malformed attributes, which name no protocol, are limited in number per five seconds, so that
 * their count tells how fast the machine is (the extack says the same). Lines of drivers and of other
 * protocols come at any time.
 */
export function tellingLines(kernelLog: readonly string[]): string[] {
  const report = new Set(findSplat(kernelLog)?.log.split('\n'));
  return kernelMessages(kernelLog)
    .filter(({ line }) => !report.has(line))
    .map(({ text }) => text)
    .filter((text) => /xfrm|ipsec/i.test(text) && !isOther.test(text))
    .map(normaliseText);
}

/** Frames of a call trace, and how many messages were held back in a time. */
const isOther = /\+0x[0-9a-f]+\/0x|callbacks suppressed/;
