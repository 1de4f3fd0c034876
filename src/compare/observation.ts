import type { CaseRecord, Json } from '../case/record.ts';
import type { VerdictStatus } from '../verdict/verdict.ts';
import type { KnownCrash } from './crash.ts';

/**
 * What one kernel did in one case, as plain data in which only the kernel's behaviour is left: two
 * runs of the same kernel give equal observations. docs/diff.md lists what is normalised.
 */
export interface Observation {
  readonly verdict: VerdictStatus;
  /** What brought the kernel down or into its log; addresses, offsets and ids are not in here. */
  readonly crash: KnownCrash | null;
  /** `not run`: there is no record, because of a missing need, a crash or a failure of ours. */
  readonly outcome: CaseRecord['outcome'] | 'not run';
  /** Why there is no observation: a missing need, a step of the set-up; null when there is one. */
  readonly reason: string | null;
  /** Null where the case did not run. */
  readonly seen: Seen | null;
}

export interface Seen {
  /** What the case returned. */
  readonly observation: Json;
  /** By purpose and message: "subject XFRM_MSG_MIGRATE_STATE", "inspect XFRM_MSG_GETSA #2". */
  readonly requests: Readonly<Record<string, SeenRequest>>;
  /** By group, message and namespace: "XFRMNLGRP_SA XFRM_MSG_NEWSA", "… #2", "… in peer". */
  readonly notifications: Readonly<Record<string, SeenNotification>>;
  /** The lines of the kernel log that tell of IPsec, outside of crash reports. */
  readonly kernelLog: readonly string[];
}

export interface SeenRequest {
  /** What the case asked: another version of the case, or one that goes by what it saw before. */
  readonly sent: { readonly flags: Json; readonly header: Json; readonly attributes: Json };
  readonly errno: string;
  readonly extack: SeenExtack | null;
  /** Messages of a GET or a dump, attributes by name. */
  readonly answers: readonly Json[];
}

export interface SeenExtack {
  readonly message: string | null;
  readonly offset: number | null;
  readonly attribute: string | null;
  readonly policy: Json;
}

export interface SeenNotification {
  readonly header: Json;
  readonly attributes: Json;
  /** Whose sequence number and port id it carries. */
  readonly sequence: 'of a request' | 'zero' | 'other';
  readonly portid: 'of a request' | 'zero' | 'other';
}
