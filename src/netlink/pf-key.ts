/** SADB_X_MIGRATE of PF_KEY (linux/pfkeyv2.h; draft-sugimoto-mip6-pfkey-migrate). Lengths count 8 bytes. */
import { familyOf, parseAddress } from './address.ts';
import { concat } from './codec.ts';

export const PF_KEY_V2 = 2;
export const SADB_X_MIGRATE = 24;
const sadbMsgSize = 16;
const SADB_SATYPE_ESP = 3;
const [SADB_EXT_ADDRESS_SRC, SADB_EXT_ADDRESS_DST, SADB_X_EXT_POLICY] = [5, 6, 18] as const;
const IPSEC_POLICY_IPSEC = 2;
const IPSEC_LEVEL_REQUIRE = 2;
const IPSEC_PROTO_ANY = 255;
const [AF_INET, AF_INET6] = [2, 10] as const;
const modes = { transport: 1, tunnel: 2, beet: 3 } as const;

export interface PfKeyMigrate {
  /** 1 in, 2 out, 3 fwd: IPSEC_DIR_*. */
  readonly dir: number;
  readonly src: { readonly address: string; readonly prefix: number };
  readonly dst: { readonly address: string; readonly prefix: number };
  readonly entries: readonly PfKeyEntry[];
}

export interface PfKeyEntry {
  readonly old: { readonly src: string; readonly dst: string };
  readonly new: { readonly src: string; readonly dst: string };
  /** IPPROTO_ESP 50, … */
  readonly proto: number;
  readonly mode: keyof typeof modes;
  readonly reqid: number;
}

/** The message, struct sadb_msg included. */
export function encodePfKeyMigrate(migrate: PfKeyMigrate, sequence: number): Uint8Array {
  const requests = migrate.entries.flatMap((entry) => [
    request(entry, entry.old),
    request(entry, entry.new),
  ]);
  const policy = Buffer.alloc(16);
  policy.writeUInt16LE((16 + lengthOf(requests)) / 8, 0);
  policy.writeUInt16LE(SADB_X_EXT_POLICY, 2);
  policy.writeUInt16LE(IPSEC_POLICY_IPSEC, 4);
  policy[6] = migrate.dir;
  const body = concat(
    address(SADB_EXT_ADDRESS_SRC, migrate.src),
    address(SADB_EXT_ADDRESS_DST, migrate.dst),
    policy,
    ...requests,
  );
  const header = Buffer.alloc(sadbMsgSize);
  header.set([PF_KEY_V2, SADB_X_MIGRATE, 0, SADB_SATYPE_ESP]);
  header.writeUInt16LE((sadbMsgSize + body.length) / 8, 4);
  header.writeUInt32LE(sequence, 8);
  return concat(header, body);
}

/** Type and errno (positive; 0: none) of a message that came back. */
export function decodePfKey(bytes: Uint8Array): { type: number; errno: number } {
  if (bytes.length < sadbMsgSize) throw new RangeError(`a PF_KEY message of ${bytes.length} bytes`);
  return { type: bytes[1]!, errno: bytes[2]! };
}

const lengthOf = (parts: readonly Uint8Array[]) =>
  parts.reduce((sum, part) => sum + part.length, 0);

/** struct sadb_x_ipsecrequest, whose length counts bytes, with its two addresses. */
function request(entry: PfKeyEntry, { src, dst }: PfKeyEntry['old']): Uint8Array {
  const addresses = padded(concat(sockaddr(src), sockaddr(dst)));
  const bytes = Buffer.alloc(16);
  bytes.writeUInt16LE(16 + addresses.length, 0);
  bytes.writeUInt16LE(entry.proto, 2);
  bytes[4] = modes[entry.mode];
  bytes[5] = IPSEC_LEVEL_REQUIRE;
  bytes.writeUInt32LE(entry.reqid, 8);
  return concat(bytes, addresses);
}

/** struct sadb_address with its address. */
function address(type: number, { address: text, prefix }: PfKeyMigrate['src']): Uint8Array {
  const header = Buffer.alloc(8);
  const bytes = padded(concat(header, sockaddr(text)));
  Buffer.from(bytes.buffer).writeUInt16LE(bytes.length / 8, 0);
  Buffer.from(bytes.buffer).writeUInt16LE(type, 2);
  bytes[4] = IPSEC_PROTO_ANY;
  bytes[5] = prefix;
  return bytes;
}

/** struct sockaddr_in or sockaddr_in6, port 0. */
function sockaddr(text: string): Uint8Array {
  const isIPv6 = familyOf(text) === 'AF_INET6';
  const bytes = Buffer.alloc(isIPv6 ? 28 : 16);
  bytes.writeUInt16LE(isIPv6 ? AF_INET6 : AF_INET, 0);
  const parsed = parseAddress(text);
  bytes.set(isIPv6 ? parsed : parsed.subarray(0, 4), isIPv6 ? 8 : 4);
  return bytes;
}

function padded(bytes: Uint8Array): Uint8Array {
  const whole = new Uint8Array(Math.ceil(bytes.length / 8) * 8);
  whole.set(bytes);
  return whole;
}
