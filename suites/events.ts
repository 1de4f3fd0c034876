import {
  type AeventId,
  type NotificationView,
  type Sa,
  type UserExpire,
  type UserMapping,
  XFRM_AE_CE,
  XFRM_AE_CR,
  type XfrmAttributeSet,
  type XfrmGroup,
} from '../src/case/index.ts';

/** What a kernel tells of an SA by itself, without the times and counters that it tells with it. */

/** An XFRM_MSG_EXPIRE: which limit was reached, and where the SA is. */
export function expired({ header }: NotificationView): string {
  const { state, hard } = header as unknown as UserExpire;
  return `${hard ? 'hard' : 'soft'} 0x${state.id.spi.toString(16)} at ${state.id.daddr}`;
}

/** An XFRM_MSG_NEWAE: what caused it, where the SA is, and the sequence number that it sent last. */
export function replayEvent({ header, attributes }: NotificationView) {
  const { flags, sa_id } = header as unknown as AeventId;
  const { XFRMA_REPLAY_VAL, XFRMA_REPLAY_ESN_VAL } = attributes as unknown as XfrmAttributeSet;
  const cause = { [XFRM_AE_CR]: 'threshold', [XFRM_AE_CE]: 'timer' }[flags] ?? flags;
  const { oseq = null } = XFRMA_REPLAY_ESN_VAL ?? XFRMA_REPLAY_VAL ?? {};
  return { cause, dst: sa_id.daddr, sequence: oseq };
}

/** An XFRM_MSG_MAPPING: from where packets were to come, and from where they do. */
export function mapping({ header }: NotificationView) {
  const { old_saddr, old_sport, new_saddr, new_sport } = header as unknown as UserMapping;
  return { was: `${old_saddr}:${old_sport}`, is: `${new_saddr}:${new_sport}` };
}

/** Packets around a migration, and what the kernel tells of them. */
export interface Around<T> {
  group: XfrmGroup;
  /** How many packets are sent before and after. */
  packets: readonly [before: number, after: number];
  show: (notification: NotificationView) => T;
}

/** The limits of time, and how an SA that reaches one is told. */
export const limitsOfTime = [
  ['hard', 'hard_add_expires_seconds'],
  ['soft', 'soft_add_expires_seconds'],
  ['hard', 'hard_use_expires_seconds'],
  ['soft', 'soft_use_expires_seconds'],
] as const;

/**
 * For setReplay(): makes an SA older than any of its limits. The kernel looks a second after an SA
 * came, so they are reached after it moved.
 */
export const longUsed = {
  XFRMA_LTIME_VAL: { bytes: 1, packets: 1, add_time: 1000, use_time: 1000 },
};

/** For setReplay(): an SA that was added long ago and has sent nothing. */
export const longUnused = {
  XFRMA_LTIME_VAL: { bytes: 0, packets: 0, add_time: 1000, use_time: 0 },
};

/** Limits of time that are reached one after the other. */
export const soon = { soft_add_expires_seconds: 3, hard_add_expires_seconds: 5 };

/** How an espSa() with these limits tells of them. */
export function soonTold({ dst }: Pick<Sa, 'dst'>): string[] {
  return ['soft', 'hard'].map((kind) => `${kind} 0x1000 at ${dst}`);
}

/** Reached by more than three packets of 60 bytes, and by less than seven. */
export const limitsOfTraffic = {
  'soft-packets': { soft_packet_limit: 5 },
  'hard-packets': { hard_packet_limit: 5 },
  'soft-bytes': { soft_byte_limit: 290 },
  'hard-bytes': { hard_byte_limit: 290 },
};

const esn: Partial<Sa> = {
  flags: ['esn'],
  replayEsn: { oseq: 0, seq: 0, oseq_hi: 0, seq_hi: 0, replay_window: 32, bmp: [0] },
};
/** Thresholds that are not reached; kernels take the timer's for jiffies and not for tenths of a second. */
const [manyPackets, longTime] = [1000, 10_000_000];

/** SAs that tell of every fourth packet. */
export const toldByPackets: Readonly<Record<string, Partial<Sa>>> = {
  plain: { replayThreshold: 4, timerThreshold: longTime },
  esn: { ...esn, replayThreshold: 4, timerThreshold: longTime },
};
/** An SA that tells of packets by time. */
export const toldByTime: Partial<Sa> = { replayThreshold: manyPackets, timerThreshold: 1 };
