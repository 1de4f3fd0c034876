import * as v from 'valibot';
import type { AgentEvent } from '../case/record.ts';
import { agentEventSchema } from '../case/schema.ts';

/** The event that a line of the guest holds; null when it holds none. */
export function parseEvent(line: string): AgentEvent | null {
  try {
    const result = v.safeParse(agentEventSchema, JSON.parse(line));
    return result.success ? result.output : null;
  } catch {
    return null;
  }
}
