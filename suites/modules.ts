/**
 * Kernel modules that the cases need, by name. There is no modprobe in a guest, so everything that
 * a request could make the kernel load is loaded before the first case. Those that a kernel has
 * built in, or does not have at all, are passed over.
 */
export const modules: readonly string[] = [
  // The interface, and the protocols an SA can have.
  ...['xfrm_user', 'esp4', 'esp6', 'ah4', 'ah6', 'ipcomp', 'ipcomp6'],
  ...['xfrm4_tunnel', 'xfrm6_tunnel', 'xfrm_iptfs'],
  // Another door to XFRM_MSG_MIGRATE.
  'af_key',
  // Interfaces of the cases.
  ...['veth', 'dummy', 'netdevsim', 'xfrm_interface'],
  // AES-GCM, AES-CBC with HMAC-SHA-256 (with and without ESN), NULL, deflate.
  ...['aes_generic', 'gcm', 'ctr', 'ghash_generic', 'seqiv', 'echainiv'],
  // What was built of these can be forgotten.
  'crypto_user',
  ...['cbc', 'hmac', 'sha256', 'sha256_generic', 'authenc', 'authencesn', 'crypto_null'],
  'deflate',
  // The random numbers that seqiv and echainiv want before 7.x.
  ...['drbg', 'jitterentropy_rng', 'sha512', 'sha512_generic'],
  // ChaCha20-Poly1305: what it is made of has had several names.
  ...['chacha', 'chacha_generic', 'poly1305_generic', 'chacha20poly1305'],
];
