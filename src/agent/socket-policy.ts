import { closeSync } from 'node:fs';
import { type Policy, policyInfo } from '../case/policy.ts';
import { SetupError } from '../case/xfrm-client.ts';
import { concat, encode } from '../netlink/codec.ts';
import { errnoName } from '../netlink/names.ts';
import { xfrm_user_tmpl, xfrm_userpolicy_info } from '../netlink/xfrm.ts';
import { NativeMemory, tryCall } from './libc.ts';
import { AF_INET, openSocket, SOCK_DGRAM } from './socket.ts';

const IPPROTO_IP = 0;
const IP_XFRM_POLICY = 17;

/** A UDP socket with a policy of its own, in the namespace that this thread is in. */
export class SocketPolicy {
  readonly #fd: number;

  /** The option is struct xfrm_userpolicy_info, followed by its templates. */
  constructor(policy: Policy) {
    this.#fd = openSocket(AF_INET, SOCK_DGRAM, 0);
    const option = NativeMemory.of(
      concat(
        encode(xfrm_userpolicy_info, policyInfo(policy)),
        ...policy.templates.map((template) => encode(xfrm_user_tmpl, template)),
      ),
    );
    const { length } = option.bytes;
    const set = tryCall('setsockopt', this.#fd, IPPROTO_IP, IP_XFRM_POLICY, option, length);
    if (set >= 0) return;
    this.close();
    throw new SetupError(`the policy of a socket could not be set up: ${errnoName(-set)}`);
  }

  close(): void {
    closeSync(this.#fd);
  }
}
