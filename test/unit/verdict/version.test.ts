import { describe, expect, it } from 'vitest';
import { compareVersions, inRange, isVersion } from '../../../src/verdict/version.ts';

describe('compareVersions', () => {
  it('orders kernel versions, release candidates before their release', () => {
    const ordered = [
      '6.1',
      '6.1.2',
      '6.9',
      '6.12-rc1',
      '6.12',
      '6.12.117',
      '7.3-rc2',
      '7.3-rc10',
      '7.3',
      '7.3.4',
      '7.3.12',
      '10.0',
    ];
    const shuffled = [...ordered].sort().reverse();
    expect(shuffled.sort(compareVersions)).toEqual(ordered);
  });

  it('knows the spellings of one version', () => {
    expect(compareVersions('7.3', '7.3.0')).toBe(0);
    expect(compareVersions('7.3.0-rc7', '7.3-rc7')).toBe(0);
    expect(compareVersions('v7.3.4', '7.3.4+deb13-cloud-amd64')).toBe(0);
    expect(compareVersions('7.3-rc7-00012-gdeadbeef-dirty', '7.3-rc7')).toBe(0);
    expect(compareVersions('7.3-rc7', '7.3')).toBe(-1);
  });

  it('refuses what is no version', () => {
    expect(isVersion('next')).toBe(false);
    expect(isVersion('7')).toBe(false);
    expect(isVersion('7.3.4')).toBe(true);
    expect(() => compareVersions('next', '7.3')).toThrow('"next" is no kernel version');
  });
});

describe('inRange', () => {
  it('includes both ends', () => {
    const range = { from: '7.2', to: '7.3.2' };
    expect(['7.2', '7.2.9', '7.3', '7.3.2'].every((version) => inRange(version, range))).toBe(true);
    expect(['7.2-rc7', '7.1.13', '7.3.3'].some((version) => inRange(version, range))).toBe(false);
  });

  it('takes null for an open end', () => {
    expect(inRange('9.9', { from: '7.2', to: null })).toBe(true);
    expect(inRange('7.1', { from: '7.2', to: null })).toBe(false);
    expect(inRange('2.6', { from: null, to: '7.2' })).toBe(true);
  });

  it('takes 7.2.* for every stable release of 7.2', () => {
    const range = { from: '7.2', to: '7.2.*' };
    expect(inRange('7.2.12', range)).toBe(true);
    expect(inRange('7.3-rc1', range)).toBe(false);
    expect(inRange('7.20', range)).toBe(false);
  });

  it('puts a version that cannot be read only where every version lies', () => {
    expect(inRange('next', { from: null, to: null })).toBe(true);
    expect(inRange('next', { from: '7.2', to: null })).toBe(false);
  });
});
