import { toHex } from '../netlink/codec.ts';
import type { Message } from '../netlink/message.ts';

/** As many different messages as a case of the larger kind sees. */
const most = 256;

/**
 * Decodes what it has decoded before only once: most of what a namespace holds is read several times
 * in a case, and mostly nothing of it has changed. Callers share the values, so none may change one.
 */
export function remembered<T>(
  decode: (message: Pick<Message, 'type' | 'payload'>) => T,
): (message: Pick<Message, 'type' | 'payload'>) => T {
  const known = new Map<string, T>();
  return (message) => {
    const key = `${message.type} ${toHex(message.payload)}`;
    const earlier = known.get(key);
    if (earlier !== undefined) return earlier;
    const value = decode(message);
    if (known.size >= most) known.clear();
    known.set(key, value);
    return value;
  };
}
