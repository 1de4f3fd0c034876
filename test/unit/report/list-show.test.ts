import { describe, expect, it } from 'vitest';
import type { Case, Deviation, Requirement } from '../../../src/case/index.ts';
import { absent, error, ok } from '../../../src/case/match.ts';
import { caseJson, caseList } from '../../../src/cli/list.ts';
import { describeCase, findCase } from '../../../src/cli/show.ts';
import { UsageError } from '../../../src/error.ts';
import { createStyle } from '../../../src/report/style.ts';

const removed: Case = {
  id: 'migrate-state/encap/removed',
  interface: 'migrate-state',
  summary: 'An XFRMA_ENCAP of type 0 removes the encapsulation.',
  requirements: ['MS-ENCAP-REMOVE', 'MS-NEW'],
  needs: { kconfig: ['NETDEVSIM'], minVersion: '7.3' },
  run: () => ({}),
  expect: {
    full: { reply: ok(), after: { encap: absent() } },
    compiledOut: { reply: error('ENOPROTOOPT', 'XFRM_MSG_MIGRATE_STATE is not supported') },
    predates: { reply: error('EINVAL') },
  },
};
const zero: Case = { ...removed, id: 'migrate/count/zero', interface: 'migrate', needs: {} };
const cases = [removed, zero];

const requirements: Requirement[] = [
  { id: 'MS-ENCAP-REMOVE', text: 'Type 0 removes the encapsulation.', source: 'rst, Encap' },
];
const deviation: Deviation = {
  id: 'MS-DEV-X',
  title: 'A removal is refused.',
  cases: ['migrate-state/encap/*'],
  kernels: { from: '7.2', to: null },
  observed: { reply: error('EINVAL') },
  reason: 'It is refused.',
  reference: 'xfrm_user.c',
};

describe('list', () => {
  it('is a case a line, the summaries in a column', () => {
    expect(caseList(cases, 100)).toBe(
      [
        'migrate-state/encap/removed  An XFRMA_ENCAP of type 0 removes the encapsulation.',
        'migrate/count/zero           An XFRMA_ENCAP of type 0 removes the encapsulation.',
        '',
      ].join('\n'),
    );
  });

  it('fits a narrow terminal', () => {
    expect(caseList([removed], 40)).toBe(
      'migrate-state/encap/removed\n  An XFRMA_ENCAP of type 0 removes the\n  encapsulation.\n',
    );
    expect(caseList([], 40)).toBe('');
  });

  it('is data when asked for JSON', () => {
    const data = JSON.parse(caseJson([removed]));
    expect(data).toMatchObject([{ id: removed.id, expect: { full: { reply: { errno: 'OK' } } } }]);
  });
});

describe('show', () => {
  const text = describeCase(
    removed,
    { deviations: [deviation], requirements },
    { width: 80, style: createStyle(false) },
  );

  it('explains a case', () => {
    expect(text).toBe(`migrate-state/encap/removed
  An XFRMA_ENCAP of type 0 removes the encapsulation.

interface
  XFRM_MSG_MIGRATE_STATE: migrates one SA, since Linux 7.2

requirements
  MS-ENCAP-REMOVE: Type 0 removes the encapsulation. (rst, Encap)
  MS-NEW

needs
  Linux 7.3, CONFIG_NETDEVSIM

expected of a kernel that has it
  reply        OK
  after.encap  absent

expected of a kernel without CONFIG_XFRM_MIGRATE
  reply  ENOPROTOOPT: XFRM_MSG_MIGRATE_STATE is not supported

expected of a kernel that predates it
  reply  EINVAL

known deviation MS-DEV-X
  on kernels 7.2 and later
  A removal is refused.
  It is refused.
  xfrm_user.c

run it
  scripts/run --case migrate-state/encap/removed
`);
  });

  it('leaves out what there is nothing of', () => {
    const options = { width: 40, style: createStyle(false) };
    const bare = describeCase(zero, { deviations: [deviation], requirements: [] }, options);
    expect(bare).toContain('needs\n  nothing but the interface\n');
    expect(bare).not.toContain('known deviation');
    expect(bare.split('\n').filter((line) => line.length > 40)).toEqual([]);
  });

  it('names the nearest case when there is none of the name', () => {
    expect(findCase(cases, removed.id)).toBe(removed);
    expect(() => findCase(cases, 'encap/remved')).toThrow(UsageError);
    expect(() => findCase(cases, 'encap/remved')).toThrow(
      'No case is named "encap/remved"; did you mean migrate-state/encap/removed? "xfrm-conform list"',
    );
    expect(() => findCase(cases, 'xyzzy')).toThrow('No case is named "xyzzy". "xfrm-conform list"');
  });
});
