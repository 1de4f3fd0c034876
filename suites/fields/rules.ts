import type { Row, Rule } from './covering-array.ts';

const newSa = (text: string) => `XFRM_MSG_NEWSA: "${text}" (verify_newsa_info)`;
const isEsp = ({ transform }: Row) => transform !== 'ah';
const isEncapsulated = ({ encap }: Row) => encap !== 'none';

/** What the kernel does not let an SA be: no row has it. */
export const rules: readonly Rule[] = [
  {
    of: ['encap', 'transform'],
    forbids: (row) => isEncapsulated(row) && !isEsp(row),
    source: 'RFC 3948; ah_init_state: "AH is not compatible with encapsulation"',
  },
  {
    of: ['tfc-pad', 'transform'],
    forbids: (row) => row['tfc-pad'] !== 'none' && !isEsp(row),
    source: newSa('Invalid attributes for AH: AEAD, CRYPT, COMP, TFCPAD'),
  },
  {
    of: ['tfc-pad', 'mode'],
    forbids: ({ mode, ...row }) => row['tfc-pad'] !== 'none' && mode !== 'tunnel',
    source: newSa('TFC padding can only be used in tunnel mode'),
  },
  {
    of: ['per-cpu', 'direction'],
    forbids: ({ direction, ...row }) => row['per-cpu'] !== 'none' && direction === 'none',
    source: newSa('SA_PCPU only supported with SA_DIR'),
  },
  {
    of: ['extra-flags', 'direction'],
    forbids: ({ direction, ...row }) => row['extra-flags'] !== 'none' && direction === 'in',
    source: newSa('Flag DONT_ENCAP_DSCP should not be set for input SA'),
  },
  {
    of: ['nat-timer', 'encap'],
    forbids: (row) => row['nat-timer'] !== 'none' && !isEncapsulated(row),
    source: newSa('MTIMER_THRESH requires encapsulation'),
  },
  {
    of: ['nat-timer', 'direction'],
    forbids: ({ direction, ...row }) => row['nat-timer'] === 'mapping-30' && direction === 'out',
    source: newSa('MTIMER_THRESH should not be set on output SA'),
  },
  {
    of: ['nat-timer', 'direction'],
    forbids: ({ direction, ...row }) => row['nat-timer'] === 'keepalive-20' && direction !== 'out',
    source: 'xfrm_init_state: "NAT keepalive is only supported for outbound SAs"',
  },
  {
    of: ['selector', 'mode'],
    forbids: ({ selector, mode }) => selector === 'other-family' && mode === 'transport',
    source: 'xfrm_init_state: "Only tunnel modes can accommodate a change of family"',
  },
  {
    of: ['flags', 'selector'],
    forbids: ({ flags, selector }) => flags === 'af-unspec' && selector !== 'any',
    source: 'the flag is for selectors without addresses (XFRM_STATE_AF_UNSPEC)',
  },
];
