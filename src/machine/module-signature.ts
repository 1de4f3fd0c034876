const marker = Buffer.from('~Module signature appended~\n');
const structBytes = 12;

/**
 * A module less the signature at its end: the signature, a `struct module_signature` whose last
 * four bytes are the signature's length (big endian), and a marker (include/linux/module_signature.h).
 * A module without one, or with one that does not add up, stays as it is.
 */
export function withoutSignature(module: Buffer): Buffer {
  const markerAt = module.length - marker.length;
  if (markerAt < structBytes || !module.subarray(markerAt).equals(marker)) return module;
  const end = markerAt - structBytes - module.readUInt32BE(markerAt - 4);
  return end > 0 ? module.subarray(0, end) : module;
}
