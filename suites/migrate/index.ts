import type { Topic } from '../../src/case/index.ts';
import carried from './carried.ts';
import encap from './encap.ts';
import lookup from './lookup.ts';
import move from './move.ts';
import notification from './notification.ts';
import request from './request.ts';

/** The topics of XFRM_MSG_MIGRATE, in the order of the reports. */
export const migrateTopics: readonly Topic[] = [
  request,
  lookup,
  move,
  encap,
  carried,
  notification,
];
