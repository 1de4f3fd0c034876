import type { Needs, Who } from '../src/case/index.ts';

export const userNamespaces: Needs = { kconfig: ['USER_NS'] };

/** Sockets that one opens and another sends through, and that must move nothing. */
export const mixedSockets: readonly (readonly [
  name: string,
  opener: Who,
  sender: Who,
  summary: string,
  needs?: Needs,
])[] = [
  [
    'opened-with-used-without-capability',
    'agent',
    'without-net-admin',
    'A socket that a privileged process opened is of no use to one that is not.',
  ],
  [
    'opened-without-used-with-capability',
    'without-net-admin',
    'agent',
    'A socket that an unprivileged process opened stays so in the hands of a privileged one.',
  ],
  [
    'root-of-user-namespace',
    'root-of-user-namespace',
    'root-of-user-namespace',
    'CAP_NET_ADMIN in a user namespace says nothing about the network namespace of another.',
    userNamespaces,
  ],
];
