/** The SADB_X_MIGRATE that PF_KEY sockets hear, read strictly. */
import { formatIPv6 } from './address.ts';
import { toHex } from './codec.ts';
import {
  AF_INET,
  AF_INET6,
  IPSEC_POLICY_IPSEC,
  type IpsecRequest,
  ipsecLevels,
  ipsecModes,
  ipsecRequestSize,
  kmAddressSize,
  PF_KEY_V2,
  type PfKeyAddress,
  type PfKeyMigrate,
  type PfKeyPair,
  policySize,
  SADB_EXT_ADDRESS_DST,
  SADB_EXT_ADDRESS_SRC,
  SADB_X_EXT_KMADDRESS,
  SADB_X_EXT_POLICY,
  SADB_X_MIGRATE,
  sadbAddressSize,
  sadbMsgSize,
} from './pf-key.ts';

export type PfKeyAnnouncement = PfKeyMigrate & {
  readonly errno: number;
  /** SADB_SATYPE_ESP 3, … */
  readonly satype: number;
};

/**
 * Reads the message. Throws a RangeError for one that is not as RFC 2367 has it: lengths that do not
 * add up, reserved fields and padding that are not zero, an extension twice.
 */
export function decodePfKeyMigrate(message: Uint8Array): PfKeyAnnouncement {
  const header = take(message, sadbMsgSize, 'message');
  demand(header[0] === PF_KEY_V2 && header[1] === SADB_X_MIGRATE, 'not an SADB_X_MIGRATE');
  const told = header.readUInt16LE(4) * 8;
  demand(told === message.length, `a message of ${message.length} bytes tells ${told}`);
  demand(header.readUInt16LE(6) === 0, 'sadb_msg_reserved is not zero');
  const extensions = new Map<number, Buffer>();
  for (let rest = buffer(message).subarray(sadbMsgSize); rest.length > 0; ) {
    const length = take(rest, 4, 'extension').readUInt16LE(0) * 8;
    demand(length > 0, 'an extension of 0 bytes');
    const type = rest.readUInt16LE(2);
    demand(!extensions.has(type), `extension ${type} is there twice`);
    extensions.set(type, take(rest, length, `extension ${type}`));
    rest = rest.subarray(length);
  }
  const read = <T>(type: number, reader: (bytes: Buffer) => T): T | undefined => {
    const bytes = extensions.get(type);
    extensions.delete(type);
    return bytes && reader(bytes);
  };
  const kmAddress = read(SADB_X_EXT_KMADDRESS, readKmAddress);
  const src = read(SADB_EXT_ADDRESS_SRC, readAddress);
  const dst = read(SADB_EXT_ADDRESS_DST, readAddress);
  const policy = read(SADB_X_EXT_POLICY, readPolicy);
  demand(extensions.size === 0, `extension ${[...extensions.keys()].join(', ')}`);
  return {
    errno: header[2]!,
    satype: header[3]!,
    sequence: header.readUInt32LE(8),
    pid: header.readUInt32LE(12),
    ...(kmAddress && { kmAddress }),
    ...(src && { src }),
    ...(dst && { dst }),
    ...(policy && { policy }),
  };
}

function readKmAddress(bytes: Buffer): NonNullable<PfKeyMigrate['kmAddress']> {
  const reserved = take(bytes, kmAddressSize, 'KM address').readUInt32LE(4);
  return { reserved, ...readPair(bytes.subarray(kmAddressSize)) };
}

function readAddress(bytes: Buffer): PfKeyAddress {
  const header = take(bytes, sadbAddressSize, 'address');
  demand(header.readUInt16LE(6) === 0, 'sadb_address_reserved is not zero');
  const { address, port, rest } = readSockaddr(bytes.subarray(sadbAddressSize));
  demandPadding(rest);
  return { address, port, prefix: header[5]!, proto: header[4]! };
}

function readPolicy(bytes: Buffer): NonNullable<PfKeyMigrate['policy']> {
  const header = take(bytes, policySize, 'policy');
  demand(header.readUInt16LE(4) === IPSEC_POLICY_IPSEC, `policy type ${header.readUInt16LE(4)}`);
  demand(header[7] === 0, 'sadb_x_policy_reserved is not zero');
  demand(header.readUInt32LE(8) === 0, 'sadb_x_policy_id is not zero');
  demand(header.readUInt32LE(12) === 0, 'sadb_x_policy_priority is not zero');
  const requests: IpsecRequest[] = [];
  for (let rest = bytes.subarray(policySize); rest.length > 0; ) {
    const length = take(rest, ipsecRequestSize, 'ipsecrequest').readUInt16LE(0);
    requests.push(readIpsecRequest(take(rest, length, 'ipsecrequest')));
    rest = rest.subarray(length);
  }
  return { dir: header[6]!, requests };
}

function readIpsecRequest(bytes: Buffer): IpsecRequest {
  const header = take(bytes, ipsecRequestSize, 'ipsecrequest');
  demand(header.readUInt16LE(6) === 0, 'sadb_x_ipsecrequest_reserved1 is not zero');
  demand(header.readUInt32LE(12) === 0, 'sadb_x_ipsecrequest_reserved2 is not zero');
  return {
    proto: header.readUInt16LE(2),
    mode: nameIn(ipsecModes, header[4]!, 'mode'),
    level: nameIn(ipsecLevels, header[5]!, 'level'),
    reqid: header.readUInt32LE(8),
    ...readPair(bytes.subarray(ipsecRequestSize)),
  };
}

function readPair(bytes: Buffer): PfKeyPair {
  const src = readSockaddr(bytes);
  const dst = readSockaddr(src.rest);
  demand(src.family === dst.family, `a pair of families ${src.family} and ${dst.family}`);
  demand(src.port === 0 && dst.port === 0, `ports ${src.port} and ${dst.port} of a pair`);
  demandPadding(dst.rest);
  return { src: src.address, dst: dst.address };
}

function readSockaddr(bytes: Buffer) {
  const family = take(bytes, 2, 'sockaddr').readUInt16LE(0);
  demand(family === AF_INET || family === AF_INET6, `family ${family}`);
  const size = family === AF_INET ? 16 : 28;
  const sockaddr = take(bytes, size, 'sockaddr');
  const rest = bytes.subarray(size);
  const port = sockaddr.readUInt16BE(2);
  const unused = family === AF_INET ? sockaddr.subarray(8) : sockaddr.subarray(24);
  demand(isZero(unused), `sin_zero or sin6_scope_id is ${toHex(unused)}`);
  if (family === AF_INET) return { family, port, address: sockaddr.subarray(4, 8).join('.'), rest };
  demand(sockaddr.readUInt32LE(4) === 0, 'sin6_flowinfo is not zero');
  return { family, port, address: formatIPv6(sockaddr.subarray(8, 24)), rest };
}

const buffer = (bytes: Uint8Array) => Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);

const isZero = (bytes: Uint8Array) => bytes.every((byte) => byte === 0);

function take(bytes: Uint8Array, length: number, what: string): Buffer {
  demand(bytes.length >= length, `${what}: ${bytes.length} bytes of ${length}`);
  return buffer(bytes).subarray(0, length);
}

/** Zeros up to the next multiple of 8, and no more. */
function demandPadding(rest: Uint8Array): void {
  demand(rest.length < 8 && isZero(rest), `padding ${toHex(rest)}`);
}

function nameIn<N extends string>(names: Readonly<Record<N, number>>, value: number, what: string) {
  const found = (Object.keys(names) as N[]).find((name) => names[name] === value);
  if (found === undefined) throw new RangeError(`${what} ${value}`);
  return found;
}

function demand(holds: boolean, otherwise: string): void {
  if (!holds) throw new RangeError(otherwise);
}
