/** What is wrong with a cloned IP-TFS SA, whichever message has it cloned. */
export const largerPackets = {
  title: 'An IP-TFS SA sends larger packets than it is to after it got a longer header.',
  observed: {
    sent: { packets: 8, sequence: 8 },
    taken: { packets: 8, sequence: 8 },
  },
  reason:
    "The size of an IP-TFS SA's outer packets is set so that they fit a path (XFRMA_IPTFS_PKT_SIZE). What it leaves for datagrams is computed once, when the SA is installed, from the length of its header; the clone copies that. Where the header grows with the migration, by 20 bytes from IPv4 to IPv6 and by 8 with an encapsulation, every full packet is so much larger than was asked for: on a path that it just fitted it is fragmented or dropped, and a stream of constant size no longer has that size. The code is wrong: iptfs_clone_state, or the init of the migrated SA, must compute payload_mtu anew. Measured on 7.3.4: two packets a datagram where three are needed, so that they have 100 bytes instead of 80. No other kernel at hand has IP-TFS; that it begins with the option itself is from reading.",
  reference:
    'include/uapi/linux/xfrm.h, XFRMA_IPTFS_PKT_SIZE; iptfs_user_init, iptfs_clone_state (7.3.4: xfrm_iptfs.c:2673)',
} as const;
