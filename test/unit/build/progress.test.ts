import { expect, test } from 'vitest';
import { buildPhrase, duration, wholeBuild } from '../../../src/kernel/build/progress.ts';

const fromNothing = { arch: 'um', fromNothing: true, already: 0, history: null } as const;

test('a first build goes by what such builds took elsewhere', () => {
  expect(buildPhrase(0, 0, fromNothing)).toBe('building, 0 of about 820 objects, 5 min left');
});

test('with an earlier build, by that one', () => {
  const history = { objects: 1000, seconds: 100 };
  expect(buildPhrase(0, 0, { ...fromNothing, history })).toBe(
    'building, 0 of about 1000 objects, 2 min left',
  );
});

test('the further it is, the more its own pace counts', () => {
  const history = { objects: 1000, seconds: 100 };
  // Half done at ten times the earlier pace: between the two.
  expect(buildPhrase(500, 500, { ...fromNothing, history })).toBe(
    'building, 500 of about 1000 objects, 5 min left',
  );
});

test('a build that goes on counts what was there, and tells the time for the rest', () => {
  const history = { objects: 1000, seconds: 1000 };
  const goesOn = { ...fromNothing, already: 900, history };
  expect(buildPhrase(0, 0, goesOn)).toBe('building, 900 of about 1000 objects, 2 min left');
  expect(buildPhrase(90, 90, goesOn)).toBe('building, 990 of about 1000 objects, 10 s left');
  expect(buildPhrase(100, 90, goesOn)).toBe('building, 1000 of about 1000 objects, 1 s left');
});

test('never more objects than about so many', () => {
  expect(buildPhrase(900, 60, fromNothing)).toBe('building, 900 of about 900 objects, 1 s left');
});

test('a rebuild does not claim to know how much there is to do', () => {
  const phrase = buildPhrase(1, 5, { ...fromNothing, fromNothing: false });
  expect(phrase).toBe('rebuilding what changed, 1 object so far');
});

test('a rebuild of many tells how many there could be', () => {
  const rebuild = { ...fromNothing, fromNothing: false, history: { objects: 833, seconds: 100 } };
  expect(buildPhrase(200, 60, rebuild)).toBe(
    'rebuilding what changed, 200 objects so far, about 833 at most',
  );
});

test('a build that was interrupted is remembered with what its first part may have taken', () => {
  const history = { objects: 1000, seconds: 500 };
  // Five objects and a link that took as long as a hundred.
  expect(wholeBuild(995, { objects: 5, seconds: 50 }, 'um', history)).toEqual({
    objects: 1000,
    seconds: 547.5,
  });
  expect(wholeBuild(0, { objects: 820, seconds: 90 }, 'um', null).seconds).toBe(90);
  expect(wholeBuild(410, { objects: 410, seconds: 90 }, 'um', null).seconds).toBe(240);
});

test('durations', () => {
  expect([duration(0), duration(89), duration(91), duration(600)]).toEqual([
    '1 s',
    '89 s',
    '2 min',
    '10 min',
  ]);
});
