import { type Codec, decode, encode, toHex, type U64, u32 } from '../netlink/codec.ts';
import { type Message, NLM_F_DUMP } from '../netlink/message.ts';
import {
  type UserMigrate,
  type UserMigrateState,
  type UserPolicyInfo,
  type UserSaInfo,
  xfrm_aevent_id,
  xfrm_user_migrate_state,
  xfrm_userpolicy_id,
  xfrm_userpolicy_info,
  xfrm_usersa_flush,
  xfrm_usersa_id,
  xfrm_usersa_info,
  xfrm_userspi_info,
} from '../netlink/xfrm.ts';
import {
  attributeName,
  decodeXfrmAttributes,
  encodeXfrmAttributes,
  type XfrmAttributeSet,
} from '../netlink/xfrm-attributes.ts';
import {
  decodeXfrmPayload,
  sadAttributes,
  type XfrmGroup,
  type XfrmMessageName,
  xfrmMessages,
} from '../netlink/xfrm-messages.ts';
import { describeNotifications } from './describe-message.ts';
import type { Exchange, RawRequest } from './exchange.ts';
import { migrateStateAttributes, migrateStateHeader, type StateChange } from './migrate-state.ts';
import { patienceMs } from './patience.ts';
import {
  type Policy,
  type PolicyView,
  policyAttributes,
  policyId,
  policyInfo,
  policyKeyAttributes,
  viewPolicy,
} from './policy.ts';
import type { Json, Reply } from './record.ts';
import { remembered } from './remembered.ts';
import { type Sa, type SaView, saAttributes, saFamily, saInfo, viewSa } from './sa.ts';
import type { Transport } from './transport.ts';

/** A set-up step was refused: the case says nothing about the kernel. */
export class SetupError extends Error {
  override readonly name = 'SetupError';
}

/** What identifies an SA to the kernel: the lookup key of GETSA and DELSA. */
export type SaKey = Pick<Sa, 'dst' | 'spi' | 'proto'> & Partial<Pick<Sa, 'family' | 'mark'>>;

/** What GETAE is asked with. */
export type AeKey = SaKey & Pick<Sa, 'src' | 'reqid'>;

/** An SA as the kernel reports it: the fixed header decoded, attributes by name as hex. */
export interface WholeSa {
  readonly info: UserSaInfo;
  readonly attributes: { readonly [name: string]: string };
}

/** More of XFRM_MSG_MIGRATE than its entries. */
export interface MigrateOptions {
  attributes?: XfrmAttributeSet;
  /** Leave XFRMA_MIGRATE out, or send these bytes. */
  rawEntries?: Uint8Array | 'omit';
}

/** A notification as an observation shows it. */
export interface NotificationView {
  readonly group: string;
  readonly message: string;
  readonly header: Json;
  /** By name; one that is not there is missing. */
  readonly attributes: { readonly [name: string]: Json };
  /** Whether sequence number and port id are those of the subject sent last. */
  readonly echoesRequest: boolean;
}

/**
 * NETLINK_XFRM in one network namespace. `add…` is set-up and throws SetupError when refused;
 * `get…` and `dump…` look; everything else is the subject of the case and returns its reply.
 */
export class XfrmClient {
  readonly #exchange: Exchange;
  readonly #transport: Transport;

  constructor(exchange: Exchange, transport: Transport) {
    this.#exchange = exchange;
    this.#transport = transport;
  }

  /** Installs an SA (XFRM_MSG_NEWSA) and hands it back. */
  addSa(sa: Sa): Sa {
    this.#setUp(`the SA ${describeSa(sa)}`, newSa(sa));
    return sa;
  }

  /** Installs a policy (XFRM_MSG_NEWPOLICY) and hands it back. */
  addPolicy(policy: Policy): Policy {
    this.#setUp(`the ${policy.dir} policy`, {
      ...message('XFRM_MSG_NEWPOLICY', xfrm_userpolicy_info, policyInfo(policy)),
      attributes: encodeXfrmAttributes(policyAttributes(policy)),
    });
    return policy;
  }

  /** A larval SA with an SPI of the kernel's choosing between min and max (XFRM_MSG_ALLOCSPI). */
  allocSpi(sa: Sa, min: number, max = min): SaView {
    const { messages } = this.#setUp(`an SPI for ${describeSa(sa)}`, {
      ...message('XFRM_MSG_ALLOCSPI', xfrm_userspi_info, { info: saInfo(sa), min, max }),
      attributes: encodeXfrmAttributes(sa.mark ? { XFRMA_MARK: sa.mark } : {}),
    });
    return viewOfSa(messages[0]!);
  }

  /** Sets replay state, lifetime counters or thresholds of an SA (XFRM_MSG_NEWAE). */
  setReplay(sa: Sa, attributes: XfrmAttributeSet): void {
    const REPLACE = 0x100;
    this.#setUp(`the replay state of ${describeSa(sa)}`, {
      ...message('XFRM_MSG_NEWAE', xfrm_aevent_id, {
        sa_id: saId(sa),
        saddr: sa.src,
        flags: 0,
        reqid: sa.reqid,
      }),
      flags: REPLACE,
      attributes: encodeXfrmAttributes({
        ...(sa.mark ? { XFRMA_MARK: sa.mark } : {}),
        ...attributes,
      }),
    });
  }

  /** Tries to install an SA, as a look at whether its tuple is free. */
  tryAddSa(sa: Sa): Reply {
    return this.#exchange.send(this.#transport, 'inspect', newSa(sa)).reply;
  }

  /** How many SAs the kernel counts in the namespace (XFRM_MSG_GETSADINFO, XFRMA_SAD_CNT). */
  countSas(): number | Reply {
    const request = message('XFRM_MSG_GETSADINFO', u32, 0);
    const { reply, messages } = this.#exchange.send(this.#transport, 'inspect', request);
    if (!messages[0]) return reply;
    const { attributes } = decodeXfrmPayload(messages[0].type, messages[0].payload);
    const count = attributes.find(({ type }) => type === sadAttributes.XFRMA_SAD_CNT);
    return count ? decode(u32, count.payload) : reply;
  }

  /** Deletes an SA (XFRM_MSG_DELSA). */
  deleteSa(key: SaKey): Reply {
    return this.#exchange.send(this.#transport, 'inspect', {
      ...message('XFRM_MSG_DELSA', xfrm_usersa_id, saId(key)),
      attributes: encodeXfrmAttributes(key.mark ? { XFRMA_MARK: key.mark } : {}),
    }).reply;
  }

  /** Deletes every SA of the namespace (XFRM_MSG_FLUSHSA). */
  flushSas(): Reply {
    const request = message('XFRM_MSG_FLUSHSA', xfrm_usersa_flush, { proto: 0 });
    return this.#exchange.send(this.#transport, 'inspect', request).reply;
  }

  /** Deletes every policy of the namespace (XFRM_MSG_FLUSHPOLICY, which has no header). */
  flushPolicies(): Reply {
    const request = { type: xfrmMessages.XFRM_MSG_FLUSHPOLICY, header: new Uint8Array() };
    return this.#exchange.send(this.#transport, 'inspect', request).reply;
  }

  /** The SA with this identity; the refusal (ESRCH) when there is none. */
  getSa(key: SaKey): SaView | Reply {
    const { reply, messages } = this.#exchange.send(this.#transport, 'inspect', {
      ...message('XFRM_MSG_GETSA', xfrm_usersa_id, saId(key)),
      attributes: encodeXfrmAttributes(key.mark ? { XFRMA_MARK: key.mark } : {}),
    });
    return messages[0] ? viewOfSa(messages[0]) : reply;
  }

  /**
   * When the SA was added and first used, in seconds since the epoch, as GETAE tells; the refusal
   * when there is none. Only what a case has set itself (`setReplay`) may go into an observation.
   */
  getTimes(key: AeKey): { added: U64; firstUsed: U64 } | Reply {
    const answer = this.#getAe(key);
    if ('errno' in answer) return answer;
    const lifetime = answer.XFRMA_LTIME_VAL;
    return { added: lifetime?.add_time ?? 0, firstUsed: lifetime?.use_time ?? 0 };
  }

  /** When replay events are due, which GETAE alone tells: packets, tenths of a second. */
  getThresholds(key: AeKey): { replay: number | null; timer: number | null } | Reply {
    const answer = this.#getAe(key);
    if ('errno' in answer) return answer;
    return {
      replay: answer.XFRMA_REPLAY_THRESH ?? null,
      timer: answer.XFRMA_ETIMER_THRESH ?? null,
    };
  }

  #getAe(key: AeKey): XfrmAttributeSet | Reply {
    const [REPLAY_THRESHOLD, TIMER_THRESHOLD] = [1, 8];
    const { reply, messages } = this.#exchange.send(this.#transport, 'inspect', {
      ...message('XFRM_MSG_GETAE', xfrm_aevent_id, {
        sa_id: saId(key),
        saddr: key.src,
        flags: REPLAY_THRESHOLD | TIMER_THRESHOLD,
        reqid: key.reqid,
      }),
      attributes: encodeXfrmAttributes(key.mark ? { XFRMA_MARK: key.mark } : {}),
    });
    const [answer] = messages;
    if (!answer) return reply;
    return decodeXfrmAttributes(decodeXfrmPayload(answer.type, answer.payload).attributes);
  }

  /** Every SA of the namespace, sorted by SPI and destination. */
  dumpSas(): SaView[] {
    return inOrder(this.#dumpSas().map(viewOfSa));
  }

  /** Every SA of the namespace with all that it has, attributes that nobody knows included. */
  dumpWholeSas(): WholeSa[] {
    return this.#dumpSas().map(wholeSa);
  }

  #dumpSas(): readonly Message[] {
    const { messages } = this.#exchange.send(this.#transport, 'inspect', {
      type: xfrmMessages.XFRM_MSG_GETSA,
      // No fixed header: a dump of SAs is parsed for attributes (a filter) from its first byte.
      header: new Uint8Array(),
      flags: NLM_F_DUMP,
    });
    return messages;
  }

  /** The policy with this selector, direction, mark and if_id; the refusal when there is none. */
  getPolicy(policy: Policy): PolicyView | Reply {
    const { reply, messages } = this.#exchange.send(this.#transport, 'inspect', {
      ...message('XFRM_MSG_GETPOLICY', xfrm_userpolicy_id, policyId(policy)),
      attributes: encodeXfrmAttributes(policyKeyAttributes(policy)),
    });
    return messages[0] ? viewOfPolicy(messages[0]) : reply;
  }

  /** Deletes a policy (XFRM_MSG_DELPOLICY). */
  deletePolicy(policy: Policy): Reply {
    return this.#exchange.send(this.#transport, 'inspect', {
      ...message('XFRM_MSG_DELPOLICY', xfrm_userpolicy_id, policyId(policy)),
      attributes: encodeXfrmAttributes(policyKeyAttributes(policy)),
    }).reply;
  }

  /** Every policy of the namespace, sorted by index; those of sockets have a direction above 2. */
  dumpPolicies(): PolicyView[] {
    const { messages } = this.#exchange.send(this.#transport, 'inspect', {
      ...allPolicies,
      flags: NLM_F_DUMP,
    });
    return messages.map(viewOfPolicy).sort((a, b) => a.index - b.index);
  }

  /**
   * Asks to migrate one SA (XFRM_MSG_MIGRATE_STATE, Linux 7.2).
   *
   * @param more attributes beside those that the change names, to be sent after them
   */
  migrateState(sa: Sa, change: StateChange = {}, more: XfrmAttributeSet = {}): Reply {
    return this.sendMigrateState(migrateStateHeader(sa, change), {
      ...migrateStateAttributes(change),
      ...more,
    });
  }

  /** XFRM_MSG_MIGRATE_STATE with every field given. */
  sendMigrateState(header: UserMigrateState, attributes: XfrmAttributeSet = {}): Reply {
    return this.send({
      ...message('XFRM_MSG_MIGRATE_STATE', xfrm_user_migrate_state, header),
      attributes: encodeXfrmAttributes(attributes),
    });
  }

  /** Asks to migrate a policy with its SAs (XFRM_MSG_MIGRATE). */
  migrate(policy: Policy, entries: readonly UserMigrate[], options: MigrateOptions = {}): Reply {
    return this.send({
      ...message('XFRM_MSG_MIGRATE', xfrm_userpolicy_id, policyId(policy)),
      attributes: encodeXfrmAttributes({
        ...dropMark(policyKeyAttributes(policy)),
        ...(options.rawEntries === 'omit' ? {} : { XFRMA_MIGRATE: entries }),
        ...options.attributes,
      }),
    });
  }

  /** Any request at all, as the subject of the case. */
  send(request: RawRequest): Reply {
    return this.#exchange.send(this.#transport, 'subject', request).reply;
  }

  /** Records what multicast listeners saw until now, and passes over it. */
  skipNotifications(): void {
    this.#exchange.drain(this.#transport);
  }

  /** What multicast listeners saw since the last call, of one group or of all. */
  notifications(group?: XfrmGroup): NotificationView[] {
    return this.#heard(group, 0);
  }

  /**
   * Waits until a group that the case listens to has told so much, with a deadline that only a kernel
   * that says nothing reaches. What other groups tell meanwhile is passed over.
   */
  awaitNotifications(group: XfrmGroup, count = 1): NotificationView[] {
    const deadline = performance.now() + patienceMs;
    const heard: NotificationView[] = [];
    for (let left = patienceMs; heard.length < count && left > 0; ) {
      heard.push(...this.#heard(group, left));
      left = deadline - performance.now();
    }
    return heard;
  }

  #heard(group: XfrmGroup | undefined, waitMs: number): NotificationView[] {
    const { sequence, portid } = this.#exchange.subject;
    return this.#exchange
      .drain(this.#transport, waitMs)
      .flatMap(describeNotifications)
      .filter((notification) => group === undefined || notification.group === group)
      .map((notification) => ({
        group: notification.group,
        message: notification.message,
        header: notification.header,
        attributes: byName(notification.attributes),
        echoesRequest: notification.sequence === sequence && notification.portid === portid,
      }));
  }

  #setUp(what: string, request: RawRequest) {
    const answer = this.#exchange.send(this.#transport, 'setup', request);
    if (answer.reply.errno !== 'OK') {
      const text = answer.reply.extack?.message;
      throw new SetupError(
        `${what} could not be set up: ${answer.reply.errno}${text ? ` (${text})` : ''}`,
      );
    }
    return answer;
  }
}

/** A request with this fixed header. */
export function message<T>(name: XfrmMessageName, codec: Codec<T>, header: T): RawRequest {
  return { type: xfrmMessages[name], header: encode(codec, header) };
}

/** Lists of an attribute that is there several times (XFRMA_MIGRATE) become one; else the last stays. */
function byName(attributes: readonly { name: string; value: Json }[]): { [name: string]: Json } {
  const named: { [name: string]: Json } = {};
  for (const { name, value } of attributes) {
    const earlier = named[name];
    named[name] = Array.isArray(earlier) && Array.isArray(value) ? [...earlier, ...value] : value;
  }
  return named;
}

function newSa(sa: Sa): RawRequest {
  return {
    ...message('XFRM_MSG_NEWSA', xfrm_usersa_info, saInfo(sa)),
    attributes: encodeXfrmAttributes(saAttributes(sa)),
  };
}

function saId(key: SaKey) {
  return { daddr: key.dst, spi: key.spi, family: saFamily(key), proto: key.proto };
}

/** XFRM_MSG_MIGRATE finds its policy without a mark. */
function dropMark({ XFRMA_MARK: _mark, ...rest }: XfrmAttributeSet): XfrmAttributeSet {
  return rest;
}

const allPolicies = message(
  'XFRM_MSG_GETPOLICY',
  xfrm_userpolicy_id,
  policyId({ dir: 0, selector: {}, templates: [] }),
);

function inOrder(views: SaView[]): SaView[] {
  const order = (sa: SaView) => `${sa.spi.toString().padStart(10)} ${sa.dst} ${sa.mark?.v ?? 0}`;
  return views.sort((a, b) => (order(a) < order(b) ? -1 : 1));
}

/** Of which message a whole SA is. */
const messages = new WeakMap<WholeSa, Parameters<typeof viewOfSa>[0]>();

const wholeSa = remembered((message): WholeSa => {
  const { header, attributes } = decodeXfrmPayload(message.type, message.payload);
  const bytes = attributes.map((each) => [attributeName(each.type), toHex(each.payload)]);
  const whole = { info: header as UserSaInfo, attributes: Object.fromEntries(bytes) };
  messages.set(whole, message);
  return whole;
});

/** A whole dump (`dumpWholeSas`) as `dumpSas` shows it. */
export function viewWholeSas(sas: readonly WholeSa[]): SaView[] {
  return inOrder(sas.map((sa) => viewOfSa(messages.get(sa)!)));
}

const viewOfSa = remembered(({ type, payload }): SaView => {
  const { header, attributes } = decodeXfrmPayload(type, payload);
  return viewSa(header as UserSaInfo, decodeXfrmAttributes(attributes));
});

const viewOfPolicy = remembered(({ type, payload }): PolicyView => {
  const { header, attributes } = decodeXfrmPayload(type, payload);
  return viewPolicy(header as UserPolicyInfo, decodeXfrmAttributes(attributes));
});

function describeSa(sa: Sa): string {
  return `${sa.proto} ${sa.mode} 0x${sa.spi.toString(16)} ${sa.src} -> ${sa.dst}`;
}
