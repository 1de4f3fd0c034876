import { expect, it } from 'vitest';
import { describeNotifications } from '../../../src/case/describe-message.ts';
import { espSa, type NotificationView } from '../../../src/case/index.ts';
import { saInfo } from '../../../src/case/sa.ts';
import { type Codec, concat, encode } from '../../../src/netlink/codec.ts';
import { encodeMessage } from '../../../src/netlink/message.ts';
import { xfrm_aevent_id, xfrm_user_expire, xfrm_user_mapping } from '../../../src/netlink/xfrm.ts';
import {
  encodeXfrmAttributes,
  type XfrmAttributeSet,
} from '../../../src/netlink/xfrm-attributes.ts';
import { type XfrmMessageName, xfrmMessages } from '../../../src/netlink/xfrm-messages.ts';
import { expired, mapping, replayEvent } from '../../../suites/events.ts';

/** A message of the kernel as a case is shown it. */
function told<T>(
  name: XfrmMessageName,
  codec: Codec<T>,
  header: T,
  attributes: XfrmAttributeSet = {},
): NotificationView {
  const payload = concat(encode(codec, header), encodeXfrmAttributes(attributes));
  const bytes = encodeMessage({
    ...{ type: xfrmMessages[name], flags: 0, sequence: 0, portid: 0 },
    payload,
  });
  const [{ attributes: list, ...rest }] = describeNotifications({ group: 2, bytes }) as [
    ReturnType<typeof describeNotifications>[number],
  ];
  const named = Object.fromEntries(list.map(({ name, value }) => [name, value]));
  return { ...rest, attributes: named, echoesRequest: false };
}

const sa = espSa({ spi: 0x1234 });
const sa_id = { daddr: sa.dst, spi: sa.spi, family: 'AF_INET', proto: 'esp' };

it('an expiry is shown by its kind and its SA', () => {
  const expire = (hard: number) =>
    told('XFRM_MSG_EXPIRE', xfrm_user_expire, { state: saInfo(sa), hard });
  expect(expired(expire(0))).toBe('soft 0x1234 at 192.0.2.2');
  expect(expired(expire(1))).toBe('hard 0x1234 at 192.0.2.2');
});

it('a replay event is shown by its cause, with either kind of sequence number', () => {
  const event = (flags: number, attributes: XfrmAttributeSet) =>
    replayEvent(
      told('XFRM_MSG_NEWAE', xfrm_aevent_id, { sa_id, saddr: sa.src, flags, reqid: 1 }, attributes),
    );
  const esn = { oseq: 7, seq: 0, oseq_hi: 0, seq_hi: 0, replay_window: 0, bmp: [] };
  expect(event(16, { XFRMA_REPLAY_VAL: { oseq: 4, seq: 0, bitmap: 0 } })).toEqual({
    ...{ cause: 'threshold', dst: sa.dst, sequence: 4 },
  });
  expect(event(32, { XFRMA_REPLAY_ESN_VAL: esn })).toEqual({
    ...{ cause: 'timer', dst: sa.dst, sequence: 7 },
  });
  expect(event(64, {})).toEqual({ cause: 64, dst: sa.dst, sequence: null });
});

it('a mapping is shown by both ends of the change', () => {
  const header = {
    ...{ id: sa_id, reqid: 1, old_saddr: '192.0.2.2', new_saddr: '198.51.100.2' },
    ...{ old_sport: 4500, new_sport: 1024 },
  };
  expect(mapping(told('XFRM_MSG_MAPPING', xfrm_user_mapping, header))).toEqual({
    was: '192.0.2.2:4500',
    is: '198.51.100.2:1024',
  });
});
