import { describe, expect, it } from 'vitest';
import type { SaView } from '../../../src/case/index.ts';
import { saInfo } from '../../../src/case/index.ts';
import { espSa, hosts, viewSa } from '../../../src/case/sa.ts';
import { mismatches } from '../../../src/verdict/match.ts';
import { compareLists, compareSas } from '../../../suites/migrate-state/compare.ts';
import { changes } from '../../../suites/migrate-state/expect.ts';

const sa = viewSa(saInfo(espSa()), {});
const encap = { type: 'espinudp', sport: 1, dport: 2, oa: '0.0.0.0' };
const with_ = (changed: Partial<SaView>): SaView => ({ ...sa, ...changed });
const options = { version: '7.3.4' };

describe('comparing an SA with what it was', () => {
  it('names what differs, as deep as it differs', () => {
    const moved = with_({ dst: '10.0.0.1', selector: { ...sa.selector, prefixlen_d: 8 } });
    expect(compareSas(sa, moved)).toEqual({
      changed: ['dst', 'selector.prefixlen_d'],
      to: { dst: '10.0.0.1', selector: { prefixlen_d: 8 } },
    });
    expect(compareSas(sa, sa)).toEqual({ changed: [], to: {} });
  });

  it('names every member of what was not there, and what is gone as one', () => {
    expect(compareSas(sa, with_({ encap })).changed).toEqual([
      'encap.dport',
      'encap.oa',
      'encap.sport',
      'encap.type',
    ]);
    expect(compareSas(with_({ encap }), sa)).toEqual({ changed: ['encap'], to: { encap: null } });
  });

  it('matches the expectation of just these changes, and no other', () => {
    const seen = compareSas(sa, with_({ ...hosts.b, encap }));
    expect(mismatches(changes({ ...hosts.b, encap }), { ...seen }, options)).toEqual([]);
    for (const other of [hosts.b, { ...hosts.b, encap, reqid: 7 }, { ...hosts.c, encap }])
      expect(mismatches(changes(other), { ...seen }, options)).not.toEqual([]);
  });
});

describe('comparing all SAs with what they were', () => {
  const other = with_({ spi: 2 });

  it('tells gone, come and changed', () => {
    expect(compareLists([sa, other], [sa, other])).toBe('unchanged');
    expect(compareLists([sa, other], [sa])).toMatchObject({
      gone: ['esp 0x2 192.0.2.1 > 192.0.2.2'],
    });
    expect(compareLists([sa], [sa, other])).toMatchObject({ gone: [], came: [expect.any(String)] });
    expect(compareLists([sa], [with_({ reqid: 7 })])).toEqual({
      gone: [],
      came: [],
      changed: { 'esp 0x1000 192.0.2.1 > 192.0.2.2': { changed: ['reqid'], to: { reqid: 7 } } },
    });
  });

  it('counts an SA that is there twice', () => {
    expect(compareLists([sa, sa], [sa])).toMatchObject({ gone: [expect.any(String)] });
    expect(compareLists([sa], [sa, sa])).toMatchObject({ came: [expect.any(String)] });
  });
});
