import { call, NativeMemory } from './libc.ts';

const CAP_NET_ADMIN = 12;
/** struct __user_cap_header_struct: _LINUX_CAPABILITY_VERSION_3, this thread. */
const header = new NativeMemory(8);
header.bytes.fill(0).writeUInt32LE(0x2008_0522);

/** Runs `use` while CAP_NET_ADMIN is out of this thread's effective set. */
export function withoutNetAdmin<T>(use: () => T): T {
  // struct __user_cap_data_struct[2]: effective, permitted, inheritable; the low 32 bits first.
  const full = new NativeMemory(24);
  call('capget', header, full);
  const reduced = NativeMemory.of(full.bytes);
  reduced.bytes.writeUInt32LE((full.bytes.readUInt32LE() & ~(1 << CAP_NET_ADMIN)) >>> 0);
  call('capset', header, reduced);
  try {
    return use();
  } finally {
    call('capset', header, full);
  }
}
