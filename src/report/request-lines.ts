import type { Json, RequestRecord } from '../case/record.ts';
import { describeObserved } from '../verdict/describe.ts';
import { forTerminal } from './escape.ts';
import { wrap } from './layout.ts';

/** Stands for a space where a line must not be broken; no escaped text contains it. */
const tie = '\u00a0';

/** A request as a person reads it: message and flags, header, attributes, and the reply to it. */
export function requestLines(request: RequestRecord, width: number): string[] {
  const { message, flags, netns, header, attributes, reply } = request;
  const where = netns === 'main' ? '' : ` in netns ${netns}`;
  const answer = describeObserved({ ...reply } as unknown as Json, reply.extack?.attribute != null);
  return [
    forTerminal(`${message}${where}: ${flags.join(' | ')}`),
    ...(header === null ? [] : [`  ${members(header)}`]),
    ...attributes.map(({ name, value }) => `  ${forTerminal(name)} ${members(value)}`),
    forTerminal(`  answered ${answer}`),
  ].flatMap((line) => wrap(line, width, '    ').map((part) => part.replaceAll(tie, ' ')));
}

/** "spi 256, daddr 192.0.2.1, id {spi 256, proto 50}": less punctuation than JSON. Escaped. */
function members(value: Json): string {
  if (typeof value !== 'object' || value === null) return forTerminal(String(value));
  if (Array.isArray(value)) return `[${value.map(nested).join(', ')}]`;
  return Object.entries(value)
    .map(([name, member]) => `${forTerminal(name)}${tie}${nested(member)}`)
    .join(', ');
}

function nested(value: Json): string {
  if (Array.isArray(value)) return members(value);
  return typeof value === 'object' && value !== null ? `{${members(value)}}` : members(value);
}
