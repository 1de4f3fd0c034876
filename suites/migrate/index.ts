import type { Topic } from '../../src/case/index.ts';
import bundle from './bundle.ts';
import carried from './carried.ts';
import doors from './doors.ts';
import encap from './encap.ts';
import endToEnd from './end-to-end.ts';
import entries from './entries.ts';
import errors from './errors.ts';
import events from './events.ts';
import expiry from './expiry.ts';
import families from './families.ts';
import fields from './fields/index.ts';
import identity from './identity.ts';
import inFlight from './in-flight.ts';
import listeners from './listeners.ts';
import lookup from './lookup.ts';
import memory from './memory.ts';
import move from './move.ts';
import nat from './nat.ts';
import notification from './notification.ts';
import offload from './offload.ts';
import parsing from './parsing.ts';
import pfKey from './pf-key.ts';
import policy from './policy.ts';
import request from './request.ts';
import robustness from './robustness.ts';
import selectors from './selectors.ts';
import traffic from './traffic.ts';

/** The topics of XFRM_MSG_MIGRATE, in the order of the reports. */
export const migrateTopics: readonly Topic[] = [
  request,
  parsing,
  entries,
  lookup,
  selectors,
  policy,
  identity,
  move,
  families,
  bundle,
  encap,
  offload,
  carried,
  traffic,
  endToEnd,
  inFlight,
  expiry,
  events,
  nat,
  fields,
  listeners,
  notification,
  errors,
  doors,
  pfKey,
  memory,
  robustness,
];
