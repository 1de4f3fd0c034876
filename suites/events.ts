import type {
  AeventId,
  NotificationView,
  UserExpire,
  UserMapping,
  XfrmAttributeSet,
} from '../src/case/index.ts';

/** What a kernel tells of an SA by itself, without the times and counters that it tells with it. */

/** An XFRM_MSG_EXPIRE: which limit was reached, and where the SA is. */
export function expired({ header }: NotificationView): string {
  const { state, hard } = header as unknown as UserExpire;
  return `${hard ? 'hard' : 'soft'} 0x${state.id.spi.toString(16)} at ${state.id.daddr}`;
}

/** An XFRM_MSG_NEWAE: what caused it, where the SA is, and the sequence number that it sent last. */
export function replayEvent({ header, attributes }: NotificationView) {
  const [XFRM_AE_CR, XFRM_AE_CE] = [16, 32];
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
