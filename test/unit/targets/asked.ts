/** Targets as a call names them, and the files that it finds; nothing else is there. */
import type { Catalogue } from '../../../src/targets/catalogue.ts';
import { parseGroups } from '../../../src/targets/groups-file.ts';
import { resolveTargets, type TargetSources } from '../../../src/targets/resolve.ts';

export function asked(given: Partial<TargetSources>): TargetSources {
  return {
    hosts: [],
    stdinText: undefined,
    inventoryFile: undefined,
    programText: undefined,
    user: 'me',
    ...given,
  };
}

/** `groups`: the text of ./lockstep.yaml. */
export function filesOf(texts: Readonly<Record<string, string>>, groups?: string) {
  return {
    read: async (path: string) => {
      const text = texts[path];
      if (text === undefined) throw new Error(`${path} was read`);
      return text;
    },
    readGroups: async (): Promise<readonly Catalogue[]> =>
      groups === undefined ? [] : [parseGroups(groups, './lockstep.yaml')],
  };
}

export async function resolved(sources: TargetSources, files = filesOf({})) {
  return (await resolveTargets(sources, files)).nodes;
}
