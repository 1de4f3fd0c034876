import { describe, expect, it } from 'vitest';
import { allCases } from '../../../suites/index.ts';
import { type ErrorText, errorTexts } from './error-texts.ts';

/** Every reply that cases of an interface expect: "EINVAL Invalid SPI 0x0", with the cases. */
function expectedReplies(name: 'migrate-state' | 'migrate'): Map<string, string[]> {
  const found = new Map<string, string[]>();
  for (const { id, interface: own, expect: expected } of allCases) {
    if (own !== name) continue;
    for (const reply of repliesIn([expected.full, expected.compiledOut]))
      found.set(reply, [...(found.get(reply) ?? []), id]);
  }
  return found;
}

function repliesIn(value: unknown): string[] {
  if (typeof value !== 'object' || value === null) return [];
  const { $match, errno, extack } = value as {
    $match?: string;
    errno?: string;
    extack?: { message?: string | null };
  };
  if ($match === 'reply') return [`${errno} ${extack?.message ?? ''}`.trim()];
  return Object.values(value).flatMap(repliesIn);
}

const replies = {
  'migrate-state': expectedReplies('migrate-state'),
  migrate: expectedReplies('migrate'),
};
const named = ({ text, errno }: ErrorText) => `${errno} ${text ?? ''}`.trim();

describe('the errors that userspace can provoke', () => {
  it('are listed once', () => {
    const keys = errorTexts.map((each) => `${each.interface} ${named(each)}`);
    expect(keys.filter((key, i) => keys.indexOf(key) !== i)).toEqual([]);
  });

  it.each(errorTexts.filter((each) => each.ways !== undefined))(
    '$interface: $errno $text, by each way that leads to it',
    (each) => {
      const cases = replies[each.interface].get(named(each)) ?? [];
      for (const [way, id] of Object.entries(each.ways!))
        expect(cases, `${way}: ${id} expects it`).toContain(`${each.interface}/${id}`);
    },
  );

  it('have a reason where no case can provoke them', () => {
    for (const each of errorTexts.filter(({ ways }) => ways === undefined)) {
      expect(each.unreachable, named(each)).toMatch(/\w+ \w+/);
      expect(replies[each.interface].get(named(each)) ?? [], named(each)).toEqual([]);
    }
  });

  it('are all that cases expect', () => {
    for (const name of ['migrate-state', 'migrate'] as const) {
      const listed = errorTexts.filter((each) => each.interface === name);
      const unlisted = [...replies[name].keys()].filter(
        (reply) =>
          !/^OK|^no reply/.test(reply) &&
          // Without a text any will do; the errno alone is no entry of the table.
          / /.test(reply) &&
          !listed.some((each) => reply.startsWith(named(each))),
      );
      expect(unlisted, name).toEqual([]);
    }
  });
});
