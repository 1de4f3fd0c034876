import {
  type Codec,
  concat,
  cString,
  encode,
  fromHex,
  struct,
  toHex,
  u32,
  viewOf,
} from './codec.ts';

/** struct xfrm_algo; the key is hexadecimal, its length in bits is that of the key. */
export interface Algorithm {
  name: string;
  key: string;
}
/** struct xfrm_algo_auth: truncation length in bits. */
export interface TruncatedAlgorithm extends Algorithm {
  truncBits: number;
}
/** struct xfrm_algo_aead: ICV length in bits. */
export interface AeadAlgorithm extends Algorithm {
  icvBits: number;
}

const plain = struct({ alg_name: cString(64), alg_key_len: u32 });
const truncated = struct({ alg_name: cString(64), alg_key_len: u32, alg_trunc_len: u32 });
const aead = struct({ alg_name: cString(64), alg_key_len: u32, alg_icv_len: u32 });

function keyAfter<T>(codec: Codec<T>, bytes: Uint8Array): { header: T; key: string } {
  return { header: codec.read(viewOf(bytes), 0), key: toHex(bytes.subarray(codec.size)) };
}

const keyBits = (key: string) => key.length * 4;

export function encodeAlgorithm({ name, key }: Algorithm): Uint8Array {
  return concat(encode(plain, { alg_name: name, alg_key_len: keyBits(key) }), fromHex(key));
}

export function decodeAlgorithm(bytes: Uint8Array): Algorithm {
  const { header, key } = keyAfter(plain, bytes);
  return { name: header.alg_name, key };
}

export function encodeTruncatedAlgorithm({ name, key, truncBits }: TruncatedAlgorithm): Uint8Array {
  const header = { alg_name: name, alg_key_len: keyBits(key), alg_trunc_len: truncBits };
  return concat(encode(truncated, header), fromHex(key));
}

export function decodeTruncatedAlgorithm(bytes: Uint8Array): TruncatedAlgorithm {
  const { header, key } = keyAfter(truncated, bytes);
  return { name: header.alg_name, key, truncBits: header.alg_trunc_len };
}

export function encodeAead({ name, key, icvBits }: AeadAlgorithm): Uint8Array {
  const header = { alg_name: name, alg_key_len: keyBits(key), alg_icv_len: icvBits };
  return concat(encode(aead, header), fromHex(key));
}

export function decodeAead(bytes: Uint8Array): AeadAlgorithm {
  const { header, key } = keyAfter(aead, bytes);
  return { name: header.alg_name, key, icvBits: header.alg_icv_len };
}

/** struct xfrm_replay_state_esn, the bitmap as 32-bit words in the kernel's order. */
export interface ReplayStateEsn {
  oseq: number;
  seq: number;
  oseq_hi: number;
  seq_hi: number;
  /** In packets. */
  replay_window: number;
  bmp: readonly number[];
}

const esnHeader = struct({
  bmp_len: u32,
  oseq: u32,
  seq: u32,
  oseq_hi: u32,
  seq_hi: u32,
  replay_window: u32,
});

export function encodeReplayStateEsn(state: ReplayStateEsn): Uint8Array {
  const { bmp, ...rest } = state;
  return concat(
    encode(esnHeader, { ...rest, bmp_len: bmp.length }),
    ...bmp.map((word) => encode(u32, word)),
  );
}

export function decodeReplayStateEsn(bytes: Uint8Array): ReplayStateEsn {
  const view = viewOf(bytes);
  const { bmp_len, ...rest } = esnHeader.read(view, 0);
  const words = Math.min(bmp_len, Math.floor((bytes.length - esnHeader.size) / u32.size));
  const bmp = Array.from({ length: words }, (_, i) =>
    u32.read(view, esnHeader.size + u32.size * i),
  );
  return { ...rest, bmp };
}

/** struct xfrm_user_sec_ctx followed by the context string. */
export interface SecurityContext {
  alg: number;
  doi: number;
  context: string;
}

export function decodeSecurityContext(bytes: Uint8Array): SecurityContext {
  const length = Buffer.from(bytes).readUInt16LE(6);
  const context = Buffer.from(bytes.subarray(8, 8 + length)).toString('latin1');
  return { alg: bytes[4]!, doi: bytes[5]!, context: context.replace(/\0+$/, '') };
}
