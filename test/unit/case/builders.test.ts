import { describe, expect, it } from 'vitest';
import {
  afterMigration,
  migrateStateAttributes,
  migrateStateHeader,
} from '../../../src/case/migrate-state.ts';
import {
  migrateEntry,
  policyAttributes,
  policyFor,
  policyId,
  policyInfo,
  subnets,
  template,
  viewPolicy,
} from '../../../src/case/policy.ts';
import {
  ahSa,
  compSa,
  espInUdp,
  espSa,
  hostSelector,
  hosts,
  nullCipher,
  saAttributes,
  saInfo,
  selector,
  viewSa,
} from '../../../src/case/sa.ts';

describe('SAs', () => {
  it('have the algorithms of their protocol, and no AEAD beside others', () => {
    expect(Object.keys(saAttributes(espSa()))).toEqual(['XFRMA_ALG_AEAD']);
    expect(Object.keys(saAttributes(espSa({ crypt: nullCipher })))).toEqual(['XFRMA_ALG_CRYPT']);
    expect(Object.keys(saAttributes(ahSa()))).toEqual(['XFRMA_ALG_AUTH_TRUNC']);
    expect(Object.keys(saAttributes(compSa()))).toEqual(['XFRMA_ALG_COMP']);
  });

  it('have the family of their addresses, and their empty selector too', () => {
    expect(saInfo(espSa(hosts.a6))).toMatchObject({
      family: 'AF_INET6',
      sel: { family: 'AF_INET6' },
    });
    expect(saInfo(espSa())).toMatchObject({ family: 'AF_INET', sel: { family: 'AF_INET' } });
    expect(saInfo(espSa({ family: 3 }))).toMatchObject({ family: 3 });
  });

  it('send what is zero, and not what is left out', () => {
    const attributes = saAttributes(espSa({ natKeepalive: 0, tfcPad: 0, pcpu: 0, ifId: 0 }));
    expect(attributes).toMatchObject({
      XFRMA_NAT_KEEPALIVE_INTERVAL: 0,
      XFRMA_TFCPAD: 0,
      XFRMA_SA_PCPU: 0,
      XFRMA_IF_ID: 0,
    });
    expect(attributes).not.toHaveProperty('XFRMA_MTIMER_THRESH');
  });

  it('are seen as they were written, times apart', () => {
    const sa = espSa({
      ...{ encap: espInUdp(1, 2, '192.0.2.9'), mark: { v: 1, m: 2 }, outputMark: { v: 3, m: 4 } },
      ...{ ifId: 5, dir: 'out', natKeepalive: 6, mappingThreshold: 7, tfcPad: 8, pcpu: 9 },
      ...{
        careOf: '192.0.2.8',
        replay: { oseq: 1, seq: 2, bitmap: 3 },
        extraFlags: ['oseq-may-wrap'],
      },
      ...{ replayThreshold: 10, timerThreshold: 11, offload: { ifindex: 1, flags: [] } },
      iptfs: { XFRMA_IPTFS_PKT_SIZE: 12 },
    });
    const { selector: _, ...seen } = viewSa(saInfo(sa), saAttributes(sa));
    expect(seen).toMatchObject(sa);
  });

  it('show null for what the kernel did not send', () => {
    expect(viewSa(saInfo(espSa()), {})).toMatchObject({
      ...{ aead: null, encap: null, mark: null, outputMark: null, ifId: null, dir: null },
      ...{ replay: null, replayEsn: null, offload: null, securityContext: null, iptfs: {} },
    });
  });

  it('tell whether they were used, and no time', () => {
    const info = saInfo(espSa());
    const curlft = { bytes: 1, packets: 2, add_time: 3, use_time: 4 };
    const seen = viewSa({ ...info, curlft }, {});
    expect([seen.used, seen.counted]).toEqual([true, { bytes: 1, packets: 2 }]);
    expect(viewSa(info, {}).used).toBe(false);
    expect(JSON.stringify(seen)).not.toContain('add_time');
  });
});

describe('selectors', () => {
  it('have the family of their addresses, or none', () => {
    expect(selector(subnets.v6).family).toBe('AF_INET6');
    expect(selector({ saddr: '10.0.0.1' }).family).toBe('AF_INET');
    expect(selector({}).family).toBe('AF_UNSPEC');
    expect(selector({ ...subnets.v4, family: 3 }).family).toBe(3);
  });

  it('of hosts have the longest prefixes', () => {
    expect(hostSelector(hosts.a)).toMatchObject({ prefixlen_s: 32, prefixlen_d: 32 });
    expect(hostSelector(hosts.a6)).toMatchObject({ prefixlen_s: 128, prefixlen_d: 128 });
  });
});

describe('policies', () => {
  it('have a template for each SA, which it fits', () => {
    const { templates } = policyFor([espSa(), ahSa({ reqid: 2 })]);
    expect(templates).toMatchObject([
      {
        id: { daddr: hosts.a.dst, proto: 'esp', spi: 0 },
        saddr: hosts.a.src,
        reqid: 1,
        mode: 'tunnel',
      },
      { id: { proto: 'ah' }, reqid: 2, mode: 'transport' },
    ]);
    expect(template(espSa(hosts.a6)).family).toBe('AF_INET6');
  });

  it('send templates only when there are some, and type, mark and if_id only when they have them', () => {
    expect(policyAttributes(policyFor([]))).toEqual({});
    expect(Object.keys(policyAttributes(policyFor([espSa()], { type: 0, ifId: 0 })))).toEqual([
      ...['XFRMA_TMPL', 'XFRMA_POLICY_TYPE', 'XFRMA_IF_ID'],
    ]);
  });

  it('are named by selector, direction and index', () => {
    expect(policyId(policyFor([], { dir: 'fwd', index: 9 }))).toEqual({
      sel: selector(subnets.v4),
      index: 9,
      dir: 'fwd',
    });
  });

  it('are seen as they were written', () => {
    const policy = policyFor([espSa()], {
      priority: 3,
      index: 9,
      type: 1,
      ifId: 7,
      action: 'block',
    });
    const { templates, selector: seen, ...rest } = policy;
    const view = viewPolicy(policyInfo(policy), policyAttributes(policy));
    expect(view).toMatchObject(rest);
    expect(view.selector).toMatchObject(seen);
    expect(view.templates).toEqual(templates.map(({ id, ...more }) => ({ ...id, ...more })));
  });
});

describe('entries of XFRMA_MIGRATE', () => {
  it('go from where the SA is to the new addresses, with their families', () => {
    expect(migrateEntry(espSa(), hosts.b6, { reqid: 0 })).toEqual({
      ...{ old_daddr: hosts.a.dst, old_saddr: hosts.a.src },
      ...{ new_daddr: hosts.b6.dst, new_saddr: hosts.b6.src },
      ...{ proto: 'esp', mode: 'tunnel', reserved: 0, reqid: 0 },
      ...{ old_family: 'AF_INET', new_family: 'AF_INET6' },
    });
  });
});

describe('XFRM_MSG_MIGRATE_STATE', () => {
  it('sends what the SA has for what is not to change', () => {
    const sa = espSa({ mark: { v: 1, m: 2 }, reqid: 7 });
    expect(migrateStateHeader(sa, {})).toEqual({
      id: { daddr: hosts.a.dst, spi: 0x1000, family: 'AF_INET', proto: 'esp' },
      ...{ new_daddr: hosts.a.dst, new_saddr: hosts.a.src, old_mark: { v: 1, m: 2 } },
      new_sel: selector({ family: 'AF_INET' }),
      ...{ new_reqid: 7, flags: [], new_family: 'AF_INET', reserved: 0 },
    });
    expect(migrateStateAttributes({})).toEqual({});
  });

  it('sends what is to change', () => {
    const change = {
      ...hosts.b6,
      ...{ reqid: 0, flags: ['update-h2h-sel'], reserved: 1, oldMark: { v: 5, m: 6 } },
      ...{ selector: { proto: 17 }, id: { spi: 2 } },
    };
    expect(migrateStateHeader(espSa(), change)).toMatchObject({
      id: { daddr: hosts.a.dst, spi: 2 },
      ...{ new_daddr: hosts.b6.dst, new_saddr: hosts.b6.src, new_family: 'AF_INET6' },
      ...{ new_reqid: 0, flags: ['update-h2h-sel'], reserved: 1, old_mark: { v: 5, m: 6 } },
      new_sel: { proto: 17, family: 'AF_INET' },
    });
  });

  it('sends zeros and leaves out what is not given', () => {
    expect(
      migrateStateAttributes({ natKeepalive: 0, mappingThreshold: 0, outputMark: { v: 0 } }),
    ).toEqual({
      XFRMA_SET_MARK: 0,
      XFRMA_MTIMER_THRESH: 0,
      XFRMA_NAT_KEEPALIVE_INTERVAL: 0,
    });
  });

  it('says where the SA will be', () => {
    const sa = espSa({ mark: { v: 1, m: 1 } });
    expect(afterMigration(sa, { dst: hosts.b6.dst, mark: { v: 2, m: 2 } })).toMatchObject({
      ...{ dst: hosts.b6.dst, src: hosts.a.src, mark: { v: 2, m: 2 }, spi: 0x1000 },
    });
    expect(afterMigration(sa, { oldMark: { v: 3, m: 3 } }).mark).toEqual({ v: 3, m: 3 });
    expect(afterMigration(sa, {})).toEqual(sa);
  });
});
