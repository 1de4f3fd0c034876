/** What is wrong with the way in which an SA takes the place of the one that traffic waits for. */
export const ofAnotherInterface = {
  title: 'A migrated SA ends the wait of traffic on an xfrm interface to which it does not belong.',
  observed: { after: [{ spi: 0x1000 }] },
  reason:
    'The if_id is part of what an SA is looked up by: an SA without one is of no use to the traffic of an xfrm interface, and the larval SA that an XFRM_MSG_ACQUIRE has left for that is not the one that comes. The look for it (__find_acq_core) is handed the if_id and compares mark, mode, protocol, reqid and CPU, but not this: the larval SA of the interface is deleted when any SA arrives at the same addresses with the same reqid. Nothing leaks, but the next packet asks for an SA once more, while the daemon still negotiates the first. The code is wrong: x->if_id must be compared. XFRM_MSG_NEWSA is as wrong, from reading.',
  reference:
    'commit 7e6526404ade (if_id as a key of look-ups, Linux 4.19); __find_acq_core, xfrm_state_add (7.3.4: xfrm_state.c:1810, 1932)',
} as const;
