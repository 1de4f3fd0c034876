import { describe, expect, it } from 'vitest';
import { nearestVersion, nearestWord } from '../../../src/kernel/nearest.ts';
import {
  compareVersions,
  upstreamVersion,
  versionOfRelease,
  versionOfText,
} from '../../../src/kernel/version.ts';

describe('upstreamVersion', () => {
  it.each([
    ['7.3.4-1~bpo13+1', '7.3.4'],
    ['6.1.176-1', '6.1.176'],
    ['7.3~rc7-1~exp1', '7.3-rc7'],
    ['2:6.12.117-1', '6.12.117'],
  ])('of %s is %s', (debian, upstream) => {
    expect(upstreamVersion(debian)).toBe(upstream);
  });
});

describe('versionOfText', () => {
  it.each([
    ['6.1.0-50-cloud-amd64 (d@x) #1 SMP Debian 6.1.176-1 (2026-07-02)', '6.1.176'],
    ['7.3.4+deb13-cloud-amd64 (d@x) #1 SMP Debian 7.3.4-1~bpo13+1 (2026)', '7.3.4'],
    ['7.3.0-rc7-00012-gabcdef (me@host) #3 SMP', '7.3.0-rc7'],
    ['6.18.44-fc-v657 #1 SMP', '6.18.44'],
  ])('of %s is %s', (text, version) => {
    expect(versionOfText(text)).toBe(version);
  });
});

it('tells no version of a release that has none', () => {
  expect(versionOfRelease('custom')).toBeNull();
});

it('compares by number, candidates before releases', () => {
  const sorted = ['7.3', '7.10.1', '7.3-rc7', '7.3.4', '7.3-rc10', '6.19.14'].sort(compareVersions);
  expect(sorted).toEqual(['6.19.14', '7.3-rc7', '7.3-rc10', '7.3', '7.3.4', '7.10.1']);
});

describe('nearestVersion', () => {
  const known = ['7.3.4', '7.2.12', '7.2.9', '7.1.13', '6.12.117', '6.1.176'];
  it.each([
    ['7.3.5', '7.3.4'],
    ['7.3.1', '7.3.4'],
    ['7.2.10', '7.2.9'],
    ['7.4', '7.3.4'],
    ['6.15.2', '6.12.117'],
    ['5.10.1', '6.1.176'],
  ])('of %s is %s', (version, nearest) => {
    expect(nearestVersion(version, known)).toBe(nearest);
  });
});

describe('nearestWord', () => {
  it('takes the fewest edits', () => {
    expect(nearestWord('deban', ['tree', 'debian', 'image'])).toBe('debian');
  });
  it('is null when nothing is alike', () => {
    expect(nearestWord('xyz', ['debian', 'running'])).toBeNull();
  });
});
