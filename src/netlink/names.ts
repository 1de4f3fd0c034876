import { constants } from 'node:os';

/** Address families that xfrm knows (bits/socket.h). */
export const families = { 0: 'AF_UNSPEC', 2: 'AF_INET', 10: 'AF_INET6' } as const;

/** Errno names by number, as errno.h spells them (EAGAIN rather than EWOULDBLOCK). */
const errnoNames = new Map<number, string>();
for (const [name, value] of Object.entries(constants.errno))
  if (name !== 'EWOULDBLOCK' && name !== 'EOPNOTSUPP') errnoNames.set(value, name);
// Linux: ENOTSUP and EOPNOTSUPP are one number; kernel sources write EOPNOTSUPP.
errnoNames.set(constants.errno.EOPNOTSUPP, 'EOPNOTSUPP');
// The kernel's own, which libc does not have but netlink hands out.
errnoNames.set(524, 'ENOTSUPP');

/** Name of a positive errno; "OK" for zero; the number in text when it has no name. */
export function errnoName(errno: number): string {
  if (errno === 0) return 'OK';
  return errnoNames.get(errno) ?? `errno ${errno}`;
}

/** NLM_F_* of requests (linux/netlink.h), those common to all kinds first. */
export const requestFlags = {
  NLM_F_REQUEST: 0x01,
  NLM_F_MULTI: 0x02,
  NLM_F_ACK: 0x04,
  NLM_F_ECHO: 0x08,
  NLM_F_DUMP: 0x300,
  NLM_F_REPLACE: 0x100,
  NLM_F_EXCL: 0x200,
  NLM_F_CREATE: 0x400,
  NLM_F_APPEND: 0x800,
} as const;
