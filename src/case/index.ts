/** What a case file needs: import it from here. */

export type { IpsecRequest, PfKeyMigrate } from '../netlink/pf-key.ts';
export type { AeventId, UserExpire, UserMapping, UserMigrate } from '../netlink/xfrm.ts';
export { XFRM_AE_CE, XFRM_AE_CR } from '../netlink/xfrm.ts';
export type { XfrmGroup } from '../netlink/xfrm-messages.ts';
export type { Case, CaseDefinition, Needs } from './case.ts';
export type { CaseContext, Listener, PacketFields, Peer, Sender, Who } from './context.ts';
export type { Deviation } from './deviation.ts';
export * from './match.ts';
export { afterMigration, migrateStateHeader, type StateChange } from './migrate-state.ts';
export { MissedMoment } from './missed-moment.ts';
export { pfKeyMigrate } from './pf-key-request.ts';
export * from './policy.ts';
export * from './raw-request.ts';
export type { Json, Reply } from './record.ts';
export type { Requirement } from './requirement.ts';
export * from './sa.ts';
export { randomNumbers } from './seed.ts';
export { defineTopic, type Topic } from './topic.ts';
export {
  type MigrateOptions,
  message,
  type NotificationView,
  type SaKey,
  viewWholeSas,
  type WholeSa,
  XfrmClient,
} from './xfrm-client.ts';
