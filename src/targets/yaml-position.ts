/** A YAML text, and the place of what is wrong in it: `./lockstep.yaml:5:12`. Pure. */
import { type Document, isMap, isNode, LineCounter, parseDocument } from 'yaml';
import { LockstepError } from '../core/errors.ts';

export interface Yaml {
  /** As plain data; undefined for an empty text. */
  readonly data: unknown;
  /** Of the value at a path, or of its nearest parent that is there; `key`: of that key in it. */
  place(path: readonly PropertyKey[], key?: string): string;
}

/** YAML 1.2: `no` is a word. Throws LockstepError `usage` with the place of the first fault. */
export function parseYaml(text: string, name: string): Yaml {
  const lineCounter = new LineCounter();
  const document = parseDocument(text, { lineCounter, uniqueKeys: true, prettyErrors: false });
  const placeAt = (offset: number) => {
    const { line, col } = lineCounter.linePos(offset);
    return `${name}:${line}:${col}`;
  };
  const [fault] = [...document.errors, ...document.warnings];
  if (fault !== undefined)
    throw new LockstepError('usage', `${placeAt(fault.pos[0])}: ${fault.message}`, {
      hint: 'the file is YAML',
    });
  return {
    data: toData(document, name),
    place: (path, key) => placeAt(offsetOf(document, path, key)),
  };
}

/** Aliases that multiply are refused by the package. */
function toData(document: Document, name: string): unknown {
  try {
    return document.toJS({ maxAliasCount: 100 }) ?? undefined;
  } catch (error) {
    throw new LockstepError('usage', `${name}: ${error instanceof Error ? error.message : String(error)}`, {
      hint: 'write the values out',
    });
  }
}

function offsetOf(document: Document, path: readonly PropertyKey[], key: string | undefined): number {
  for (let length = path.length; length >= 0; length -= 1) {
    const node = document.getIn(path.slice(0, length), true);
    if (key !== undefined && isMap(node)) {
      const pair = node.items.find((item) => isNode(item.key) && String(item.key) === key);
      if (pair !== undefined && isNode(pair.key)) return pair.key.range?.[0] ?? 0;
    }
    if (isNode(node) && node.range) return node.range[0];
  }
  return 0;
}
