/** SADB_X_MIGRATE of PF_KEY (linux/pfkeyv2.h; draft-sugimoto-mip6-pfkey-migrate). Lengths count 8 bytes. */
import { familyOf, parseAddress } from './address.ts';
import { concat } from './codec.ts';

export const PF_KEY_V2 = 2;
export const SADB_X_MIGRATE = 24;
export const SADB_SATYPE_ESP = 3;
export const [SADB_EXT_ADDRESS_SRC, SADB_EXT_ADDRESS_DST] = [5, 6] as const;
export const [SADB_X_EXT_POLICY, SADB_X_EXT_KMADDRESS] = [18, 25] as const;
export const IPSEC_POLICY_IPSEC = 2;
export const IPSEC_PROTO_ANY = 255;
export const [AF_INET, AF_INET6] = [2, 10] as const;
export const ipsecModes = { any: 0, transport: 1, tunnel: 2, beet: 3, iptfs: 4 } as const;
export const ipsecLevels = { default: 0, use: 1, require: 2, unique: 3 } as const;
export const sadbMsgSize = 16;
export const sadbAddressSize = 8;
export const policySize = 16;
export const ipsecRequestSize = 16;
export const kmAddressSize = 8;

/** What the message says. An extension that is left out is not in it. */
export interface PfKeyMigrate {
  readonly sequence: number;
  readonly pid: number;
  readonly kmAddress?: PfKeyPair & {
    readonly reserved: number;
    /** How many bytes of the extension are there, where not all are: a multiple of 8, which it tells. */
    readonly cutTo?: number;
  };
  readonly src?: PfKeyAddress;
  readonly dst?: PfKeyAddress;
  readonly policy?: {
    /** 1 in, 2 out, 3 fwd: IPSEC_DIR_*. */
    readonly dir: number;
    /** In pairs: what is, and what is to be. */
    readonly requests: readonly IpsecRequest[];
  };
}

/** One side of the selector. */
export interface PfKeyAddress {
  readonly address: string;
  readonly prefix: number;
  readonly port: number;
  /** 255: any. */
  readonly proto: number;
}

/** The two addresses of an ipsecrequest, or the local and the remote one of SADB_X_EXT_KMADDRESS. */
export interface PfKeyPair {
  readonly src: string;
  readonly dst: string;
}

export interface IpsecRequest extends PfKeyPair {
  /** IPPROTO_ESP 50, … */
  readonly proto: number;
  /** A number: one that has no name. */
  readonly mode: keyof typeof ipsecModes | number;
  readonly level: keyof typeof ipsecLevels;
  readonly reqid: number;
  /** The length that it tells, where that is not its own. */
  readonly told?: number;
  /** How many of its bytes are there, where not all are: a multiple of 8. */
  readonly cutTo?: number;
}

/** The message, struct sadb_msg included. */
export function encodePfKeyMigrate({ sequence, pid, ...parts }: PfKeyMigrate): Uint8Array {
  const body = concat(
    ...(parts.kmAddress ? [kmAddress(parts.kmAddress)] : []),
    ...(parts.src ? [address(SADB_EXT_ADDRESS_SRC, parts.src)] : []),
    ...(parts.dst ? [address(SADB_EXT_ADDRESS_DST, parts.dst)] : []),
    ...(parts.policy ? [policy(parts.policy)] : []),
  );
  const header = Buffer.alloc(sadbMsgSize);
  header.set([PF_KEY_V2, SADB_X_MIGRATE, 0, SADB_SATYPE_ESP]);
  header.writeUInt16LE((sadbMsgSize + body.length) / 8, 4);
  header.writeUInt32LE(sequence, 8);
  header.writeUInt32LE(pid, 12);
  return concat(header, body);
}

/** Type and errno (positive; 0: none) of a message that came back. */
export function decodePfKey(bytes: Uint8Array): { type: number; errno: number } {
  if (bytes.length < sadbMsgSize) throw new RangeError(`a PF_KEY message of ${bytes.length} bytes`);
  return { type: bytes[1]!, errno: bytes[2]! };
}

/** struct sadb_x_policy with its ipsecrequests. */
function policy({ dir, requests }: NonNullable<PfKeyMigrate['policy']>): Uint8Array {
  const rest = Buffer.alloc(policySize - 4);
  rest.writeUInt16LE(IPSEC_POLICY_IPSEC, 0);
  rest[2] = dir;
  return extension(SADB_X_EXT_POLICY, rest, ...requests.map(ipsecRequest));
}

/** struct sadb_x_ipsecrequest, whose length counts bytes, with its two addresses. */
function ipsecRequest({ told, cutTo, ...request }: IpsecRequest): Uint8Array {
  const addresses = padded(pair(request));
  const header = Buffer.alloc(ipsecRequestSize);
  header.writeUInt16LE(told ?? ipsecRequestSize + addresses.length, 0);
  header.writeUInt16LE(request.proto, 2);
  header[4] = typeof request.mode === 'number' ? request.mode : ipsecModes[request.mode];
  header[5] = ipsecLevels[request.level];
  header.writeUInt32LE(request.reqid, 8);
  return concat(header, addresses).subarray(0, cutTo);
}

/** struct sadb_x_kmaddress with its two addresses. */
function kmAddress({ reserved, cutTo, ...addresses }: NonNullable<PfKeyMigrate['kmAddress']>) {
  const rest = Buffer.alloc(kmAddressSize - 4);
  rest.writeUInt32LE(reserved, 0);
  const parts = concat(rest, pair(addresses)).subarray(0, cutTo && cutTo - 4);
  return extension(SADB_X_EXT_KMADDRESS, parts);
}

/** struct sadb_address with its address. */
function address(type: number, { address: text, prefix, port, proto }: PfKeyAddress): Uint8Array {
  return extension(type, Uint8Array.of(proto, prefix, 0, 0), sockaddr(text, port));
}

function extension(type: number, ...parts: readonly Uint8Array[]): Uint8Array {
  const bytes = padded(concat(Buffer.alloc(4), ...parts));
  const header = Buffer.from(bytes.buffer);
  header.writeUInt16LE(bytes.length / 8, 0);
  header.writeUInt16LE(type, 2);
  return bytes;
}

const pair = ({ src, dst }: PfKeyPair) => concat(sockaddr(src), sockaddr(dst));

/** struct sockaddr_in or sockaddr_in6. */
function sockaddr(text: string, port = 0): Uint8Array {
  const isIPv6 = familyOf(text) === 'AF_INET6';
  const bytes = Buffer.alloc(isIPv6 ? 28 : 16);
  bytes.writeUInt16LE(isIPv6 ? AF_INET6 : AF_INET, 0);
  bytes.writeUInt16BE(port, 2);
  const parsed = parseAddress(text);
  bytes.set(isIPv6 ? parsed : parsed.subarray(0, 4), isIPv6 ? 8 : 4);
  return bytes;
}

function padded(bytes: Uint8Array): Uint8Array {
  const whole = new Uint8Array(Math.ceil(bytes.length / 8) * 8);
  whole.set(bytes);
  return whole;
}
