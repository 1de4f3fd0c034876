import { viewOf } from '../netlink/codec.ts';
import { call } from './libc.ts';

const CAP_NET_ADMIN = 12;
/** struct __user_cap_header_struct: _LINUX_CAPABILITY_VERSION_3, this thread. */
const header = new Uint8Array(8);
viewOf(header).setUint32(0, 0x2008_0522, true);

/** Runs `use` while CAP_NET_ADMIN is out of this thread's effective set. */
export function withoutNetAdmin<T>(use: () => T): T {
  // struct __user_cap_data_struct[2]: effective, permitted, inheritable; the low 32 bits first.
  const full = new Uint8Array(24);
  call('capget', header, full);
  const reduced = full.slice();
  const view = viewOf(reduced);
  view.setUint32(0, view.getUint32(0, true) & ~(1 << CAP_NET_ADMIN), true);
  call('capset', header, reduced);
  try {
    return use();
  } finally {
    call('capset', header, full);
  }
}
