import {
  ahSa,
  type CaseContext,
  compSa,
  encapTemplate,
  espInUdp,
  espSa,
  hosts,
  migrateEntry,
  ok,
  type Policy,
  policyFor,
  type Sa,
  subnets,
} from '../../src/case/index.ts';
import { helpersAt, tunnelsOfInterfaces } from '../ipcomp.ts';
import { enodata, moved, refused, shown } from './expect.ts';
import { type Move, migratePolicy } from './migration.ts';
import { migrateTopic, replyAlone } from './topic.ts';

const { topic, testCase } = migrateTopic('bundle', 'Bundles: IPComp, ESP and AH for one policy');
export default topic;

const comp = { kconfig: ['INET_IPCOMP', 'CRYPTO_DEFLATE'] };
const comp6 = { kconfig: ['INET6_IPCOMP', 'CRYPTO_DEFLATE'] };

type Pair = { readonly src: string; readonly dst: string };

/** Moves all SAs of a bundle, an entry each. */
function moveBundle(
  context: CaseContext,
  sas: { readonly [name: string]: Sa },
  to: Pair,
  parts: Partial<Policy> = {},
) {
  const all = Object.values(sas).map((sa) => context.xfrm.addSa(sa));
  const policy = context.xfrm.addPolicy(policyFor(all, parts));
  const entries = all.map((sa) => migrateEntry(sa, to));
  const moves: { [name: string]: Move } = Object.fromEntries(
    Object.entries(sas).map(([name, sa]) => [name, { sa, to }]),
  );
  return migratePolicy(context, policy, entries, moves);
}

testCase('ipcomp-transport', {
  summary: 'Compression and encryption in transport mode move together.',
  requirements: ['M-MANY', 'M-MOVE'],
  needs: comp,
  run: (context) =>
    moveBundle(
      context,
      { comp: compSa({ mode: 'transport' }), esp: espSa({ mode: 'transport', reqid: 2 }) },
      hosts.b,
    ),
  expect: { full: moved({ comp: hosts.b, esp: hosts.b }, 'unchanged') },
});

testCase('ipcomp-transport-ipv6', {
  summary: 'Compression and encryption in transport mode move together.',
  requirements: ['M-MANY', 'M-MOVE'],
  needs: comp6,
  run: (context) =>
    moveBundle(
      context,
      {
        comp: compSa({ mode: 'transport', ...hosts.a6 }),
        esp: espSa({ mode: 'transport', reqid: 2, ...hosts.a6 }),
      },
      hosts.b6,
      { selector: subnets.v6 },
    ),
  expect: { full: moved({ comp: hosts.b6, esp: hosts.b6 }, 'unchanged') },
});

/** Addresses of the IP-in-IP SAs, which receive what was not worth compressing. */
function helpers({ xfrm }: Pick<CaseContext, 'xfrm'>): Pair[] {
  return xfrm
    .dumpSas()
    .filter(({ proto }) => proto === 'ipip' || proto === 'ipv6')
    .map(({ src, dst }) => ({ src, dst }));
}

testCase('ipcomp-tunnel', {
  summary: 'An IPComp tunnel takes its IP-in-IP SA along: there is one at the new addresses.',
  requirements: ['M-MANY', 'M-MOVE', 'M-IPIP'],
  needs: comp,
  run(context) {
    const sas = { comp: compSa(), esp: espSa({ mode: 'transport', reqid: 2 }) };
    const seen = moveBundle(context, sas, hosts.b);
    const there = helpers(context).some(
      ({ src, dst }) => src === hosts.b.src && dst === hosts.b.dst,
    );
    // The old one goes when the kernel gets round to it.
    return { ...seen, others: 'unchanged', there };
  },
  expect: {
    full: {
      ...moved({ comp: hosts.b, esp: hosts.b }, [
        shown(hosts.b, { proto: 'comp' }),
        `esp transport ${hosts.a.src} > ${hosts.a.dst} reqid 2`,
      ]),
      there: true,
    },
  },
});

for (const [name, { sa, to, needs, like }] of Object.entries(tunnelsOfInterfaces)) {
  testCase(`ipcomp-${name}`, {
    summary: 'The IP-in-IP SA has interface, mark, selector and flags of the tunnel.',
    requirements: ['M-IPIP', 'M-KEEPS'],
    needs,
    run({ xfrm }) {
      const policy = xfrm.addPolicy(policyFor([xfrm.addSa(sa)]));
      const before = helpersAt({ xfrm }, sa);
      const reply = xfrm.migrate(policy, [migrateEntry(sa, to)]);
      return reply.errno === 'OK' ? { reply, before, after: helpersAt({ xfrm }, to) } : { reply };
    },
    expect: { full: { reply: ok(null), before: [like], after: [like] }, ...replyAlone },
  });
}

testCase('ipcomp-without-sa', {
  summary: 'A bundle whose compression has no SA, as when a peer does not compress, moves too.',
  requirements: ['M-SA-OPTIONAL', 'M-MANY'],
  run(context) {
    const esp = context.xfrm.addSa(espSa({ mode: 'transport', reqid: 2 }));
    const absent = compSa();
    const policy = context.xfrm.addPolicy(policyFor([absent, esp]));
    const entries = [migrateEntry(absent, hosts.b), migrateEntry(esp, hosts.b)];
    return migratePolicy(context, policy, entries, { esp: { sa: esp, to: hosts.b } });
  },
  expect: {
    full: moved({ esp: hosts.b }, [
      shown(hosts.b, { proto: 'comp' }),
      `esp transport ${hosts.a.src} > ${hosts.a.dst} reqid 2`,
    ]),
  },
});

testCase('ah-with-encap-refused', {
  summary:
    'XFRMA_ENCAP is for every entry: a bundle with AH, which has no encapsulation, is refused.',
  requirements: ['M-ENCAP-PROTOCOL', 'M-ALL-OR-NOTHING'],
  run(context) {
    const esp = context.xfrm.addSa(espSa());
    const ah = context.xfrm.addSa(ahSa({ mode: 'tunnel', spi: 0x2000, reqid: 2 }));
    const policy = context.xfrm.addPolicy(policyFor([esp, ah]));
    return migratePolicy(
      context,
      policy,
      [migrateEntry(esp, hosts.b), migrateEntry(ah, hosts.b)],
      { esp: { sa: esp, to: hosts.b }, ah: { sa: ah, to: hosts.b } },
      { attributes: { XFRMA_ENCAP: encapTemplate(espInUdp()) } },
    );
  },
  expect: { full: refused(enodata('AH is not compatible with encapsulation')) },
});

testCase('ipcomp-with-encap-refused', {
  summary: 'IPComp has no encapsulation either.',
  requirements: ['M-ENCAP-PROTOCOL', 'M-ALL-OR-NOTHING'],
  needs: comp,
  run(context) {
    const sa = context.xfrm.addSa(compSa({ mode: 'transport' }));
    const policy = context.xfrm.addPolicy(policyFor([sa]));
    return migratePolicy(
      context,
      policy,
      [migrateEntry(sa, hosts.b)],
      { sa: { sa, to: hosts.b } },
      { attributes: { XFRMA_ENCAP: encapTemplate(espInUdp()) } },
    );
  },
  expect: { full: refused(enodata('IPComp is not compatible with encapsulation')) },
});
