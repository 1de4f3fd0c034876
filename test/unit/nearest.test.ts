import { expect, it } from 'vitest';
import { didYouMean, nearestName } from '../../src/nearest.ts';

const cases = ['migrate-state/encap/removed', 'migrate-state/encap/changed', 'migrate/count/zero'];

it('finds a name with a slip in it', () => {
  expect(nearestName('migrate-state/encap/remved', cases)).toBe('migrate-state/encap/removed');
  expect(nearestName('debian:7.3.5', ['debian:6.12', 'debian:7.3.4'])).toBe('debian:7.3.4');
});

it('finds a name by its end, whatever the case of letters', () => {
  expect(nearestName('Encap/Chanegd', cases)).toBe('migrate-state/encap/changed');
  expect(nearestName('zero', cases)).toBe('migrate/count/zero');
});

it('prefers the whole name to an end', () => {
  expect(nearestName('removed', ['a/removed', 'removed'])).toBe('removed');
});

it('says nothing when nothing is near', () => {
  expect(nearestName('xyzzy', cases)).toBeNull();
  expect(nearestName('anything', [])).toBeNull();
  expect(didYouMean('xyzzy', cases)).toBe('');
});

it('ends a sentence', () => {
  expect(didYouMean('zeroo', cases)).toBe('; did you mean migrate/count/zero?');
});
