import type { InterfaceName, KernelKind } from '../kernel/kernel.ts';
import type { Case, CaseDefinition } from './case.ts';
import type { Expected } from './match.ts';

/** The cases of one topic, one file in suites/. */
export interface Topic {
  /** "migrate-state/encap" */
  readonly name: string;
  readonly title: string;
  readonly cases: readonly Case[];
}

export interface TopicDefinition {
  interface: InterfaceName;
  name: string;
  title: string;
  /** What a kernel without the interface answers in every case of this topic, unless a case says. */
  defaults: Readonly<Record<Exclude<KernelKind, 'full'>, Expected>>;
}

/** Collects the cases of a topic. */
export function defineTopic(definition: TopicDefinition) {
  const prefix = `${definition.interface}/${definition.name}`;
  const cases: Case[] = [];
  const names = new Set<string>();
  return {
    topic: { name: prefix, title: definition.title, cases } satisfies Topic as Topic,
    /** Adds a case; its id is the topic's name, a slash and this name. */
    testCase(name: string, { needs = {}, expect, ...rest }: CaseDefinition): void {
      const id = `${prefix}/${name}`;
      if (names.has(name)) throw new Error(`two cases are named ${id}`);
      names.add(name);
      cases.push({
        id,
        interface: definition.interface,
        needs,
        expect: { ...definition.defaults, ...expect },
        ...rest,
      });
    },
  };
}
