import { concat, viewOf } from '../netlink/codec.ts';
import { encodeAttribute, encodeMessage, NLM_F_REQUEST } from '../netlink/message.ts';
import { xfrm_usersa_id } from '../netlink/xfrm.ts';
import { attributeType } from '../netlink/xfrm-attributes.ts';
import { xfrmMessages } from '../netlink/xfrm-messages.ts';
import { familyOfSa, type Item, saOffset } from './world.ts';

const XFRMA_MARK = attributeType('XFRMA_MARK');

/** XFRM_MSG_DELSA for this SA, without acknowledgement. */
export function deletion(sa: Item): Uint8Array {
  const id = new Uint8Array(xfrm_usersa_id.size);
  id.set(sa.info.subarray(saOffset.daddr, saOffset.spi + 4));
  viewOf(id).setUint16(20, familyOfSa(sa), true);
  id[22] = sa.info[saOffset.proto]!;
  const mark = sa.attributes.get(XFRMA_MARK);
  const payload = concat(id, mark ? encodeAttribute(XFRMA_MARK, mark) : new Uint8Array());
  const type = xfrmMessages.XFRM_MSG_DELSA;
  return encodeMessage({ type, flags: NLM_F_REQUEST, sequence: 2, portid: 0, payload });
}
