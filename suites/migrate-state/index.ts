import type { Topic } from '../../src/case/index.ts';
import access from './access.ts';
import addresses from './addresses.ts';
import collision from './collision.ts';
import doors from './doors.ts';
import encap from './encap.ts';
import endToEnd from './end-to-end.ts';
import errors from './errors.ts';
import events from './events.ts';
import expiry from './expiry.ts';
import family from './family.ts';
import fields from './fields/index.ts';
import flags from './flags.ts';
import h2h from './h2h.ts';
import header from './header.ts';
import identity from './identity.ts';
import inFlight from './in-flight.ts';
import ipcomp from './ipcomp.ts';
import keepalive from './keepalive.ts';
import listeners from './listeners.ts';
import mappingTimer from './mapping-timer.ts';
import mark from './mark.ts';
import memory from './memory.ts';
import nat from './nat.ts';
import notification from './notification.ts';
import offload from './offload.ts';
import orders from './orders.ts';
import outputMark from './output-mark.ts';
import parsing from './parsing.ts';
import policy from './policy.ts';
import probe from './probe.ts';
import properties from './properties.ts';
import refusedAttributes from './refused-attributes.ts';
import replay from './replay.ts';
import reqid from './reqid.ts';
import robustness from './robustness.ts';
import selector from './selector.ts';
import traffic from './traffic.ts';

/** The topics of XFRM_MSG_MIGRATE_STATE, in the order of the reports. */
export const migrateStateTopics: readonly Topic[] = [
  probe,
  header,
  flags,
  refusedAttributes,
  parsing,
  access,
  identity,
  orders,
  addresses,
  family,
  reqid,
  selector,
  h2h,
  mark,
  outputMark,
  properties,
  fields,
  replay,
  ipcomp,
  policy,
  encap,
  keepalive,
  mappingTimer,
  offload,
  collision,
  traffic,
  endToEnd,
  inFlight,
  expiry,
  events,
  nat,
  notification,
  listeners,
  errors,
  doors,
  memory,
  robustness,
];
