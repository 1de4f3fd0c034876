import { type Expected, type ExtackExpectation, isMatcher, type Matcher } from '../case/match.ts';
import type { Json, Reply } from '../case/record.ts';

/** What is observed, as a reader would write it: "EINVAL: Invalid SPI 0x0", "OK", "absent". */
export function describeObserved(value: Json | undefined, withAttribute = false): string {
  return value === null || value === undefined ? 'absent' : describeValue(value, withAttribute);
}

function describeValue(value: Json, withAttribute = false): string {
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  if (Array.isArray(value)) return `[${value.map((item) => describeValue(item)).join(', ')}]`;
  if (isReply(value)) return describeObservedReply(value, withAttribute);
  const members = Object.entries(value).map(
    ([name, member]) => `${JSON.stringify(name)}: ${describeValue(member)}`,
  );
  return `{${members.join(', ')}}`;
}

function describeObservedReply({ errno, extack }: Readonly<Reply>, withAttribute: boolean): string {
  const attribute = withAttribute ? ` (at ${extack?.attribute ?? 'no attribute'})` : '';
  return `${extack?.message ? `${errno}: ${extack.message}` : errno}${attribute}`;
}

/** What is expected, as a reader would write it, in the words of `describeObserved`. */
export function describeExpected(expected: Expected): string {
  // A null that is expected is met by a member that is missing, too.
  if (expected === null) return 'absent';
  if (isMatcher(expected)) return describeMatcher(expected);
  if (isList(expected)) return `[${expected.map(describeExpected).join(', ')}]`;
  if (typeof expected !== 'object') return JSON.stringify(expected);
  const members = Object.entries(expected).map(
    ([name, member]) => `${JSON.stringify(name)}: ${describeExpected(member)}`,
  );
  return members.length === 0 ? 'an object' : `{${members.join(', ')}}`;
}

/** One line for each thing that an expectation says: its path and its value. */
export function expectedLines(expected: Expected, path = ''): { path: string; value: string }[] {
  const divisible =
    typeof expected === 'object' && expected !== null && !isMatcher(expected) && !isList(expected);
  const members = divisible ? Object.entries(expected) : [];
  if (members.length === 0) return [{ path, value: describeExpected(expected) }];
  return members.flatMap(([name, member]) => expectedLines(member, joinPath(path, name)));
}

export function joinPath(path: string, name: string | number): string {
  return path === '' ? String(name) : `${path}.${name}`;
}

export function isList(expected: Expected): expected is readonly Expected[] {
  return Array.isArray(expected);
}

export function isReply(value: Json): value is Json & Readonly<Reply> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false;
  const { errno, extack } = value as { [key: string]: Json };
  return typeof errno === 'string' && typeof extack === 'object' && !Array.isArray(extack);
}

function describeMatcher(matcher: Matcher): string {
  switch (matcher.$match) {
    case 'reply':
      return describeExpectedReply(matcher.errno, matcher.extack);
    case 'present':
    case 'absent':
    case 'anything':
      return matcher.$match;
    case 'oneOf':
      return matcher.choices.map(describeExpected).join(' or ');
    case 'not':
      return `not ${describeExpected(matcher.value)}`;
    case 'includes':
      return `a list with ${matcher.items.map(describeExpected).join(' and ')}`;
  }
}

function describeExpectedReply(
  errno: string,
  { message, attribute, since }: ExtackExpectation,
): string {
  const text = message === undefined ? '' : message === null ? ', no extack text' : `: ${message}`;
  const place = attribute === undefined ? '' : ` (at ${attribute})`;
  const judged = text !== '' || place !== '';
  return `${errno}${text}${place}${since !== undefined && judged ? ` [text since ${since}]` : ''}`;
}
