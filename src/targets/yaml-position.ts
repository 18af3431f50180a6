/** Parses a YAML text, and finds the place of a mistake in it: `./lockstep.yaml:5:12`. Pure. */
import {
  type Document,
  isAlias,
  isMap,
  isNode,
  isSeq,
  Lexer,
  LineCounter,
  type Pair,
  Parser,
  parseDocument,
  visit,
  type YAMLMap,
} from 'yaml';
import { LockstepError } from '../core/errors.ts';
import { YAML_LIMITS } from '../core/limits/yaml.ts';

export interface Yaml {
  /** As plain data; undefined for an empty text. */
  readonly data: unknown;
  /** The place of the value at a path, or of its nearest parent that exists; `key`: of that key in it. */
  place(path: readonly PropertyKey[], key?: string): string;
}

/** YAML 1.2: `no` is a word. Throws LockstepError `usage` with the place of the first mistake. */
export function parseYaml(text: string, name: string): Yaml {
  refuseDepth(text, name);
  const lineCounter = new LineCounter();
  const placeAt = (offset: number) => placeIn(name, lineCounter, offset);
  const refused = (offset: number, message: string) =>
    new LockstepError('usage', `${placeAt(offset)}: ${message}`, { hint: 'the file is YAML' });
  // The package compares each key with all keys before it: 50,000 keys would take minutes.
  const document = parseDocument(text, {
    lineCounter,
    uniqueKeys: false,
    prettyErrors: false,
    logLevel: 'error',
  });
  const [fault] = [...document.errors, ...document.warnings];
  if (fault !== undefined) throw refused(fault.pos[0], fault.message);
  const wrong = wrongNode(document);
  if (wrong !== undefined) throw refused(...wrong);
  return {
    data: toData(document, name),
    place: (path, key) => placeAt(offsetOf(document, path, key)),
  };
}

function placeIn(name: string, lines: LineCounter, offset: number): string {
  const { line, col } = lines.linePos(offset);
  return `${name}:${line}:${col}`;
}

/** The package recurses for each level, and some thousands of levels end the process. */
function refuseDepth(text: string, name: string): void {
  const lines = new LineCounter();
  lines.addNewLine(0);
  const parser = new Parser(lines.addNewLine);
  for (const lexeme of new Lexer().lex(text)) {
    // parseDocument builds again what this yields.
    for (const _ of parser.next(lexeme));
    // Each level is a collection, and an item in it.
    if (parser.stack.length <= 2 * YAML_LIMITS.depthMax) continue;
    const place = placeIn(name, lines, parser.offset);
    throw new LockstepError('usage', `${place}: nested more than ${YAML_LIMITS.depthMax} deep`, {
      hint: 'write the values out',
    });
  }
}

/** A key that occurs twice, or an alias inside the node that it names. */
function wrongNode(document: Document): [offset: number, message: string] | undefined {
  let found: [number, string] | undefined;
  const note = (node: unknown, message: string) => {
    found ??= [isNode(node) ? (node.range?.[0] ?? 0) : 0, message];
    return visit.BREAK;
  };
  visit(document, {
    Map: (_key, { items }) => {
      const seen = new Set<string>();
      for (const { key } of items) {
        if (seen.has(String(key))) return note(key, 'Map keys must be unique');
        seen.add(String(key));
      }
      return undefined;
    },
    Alias: (_key, alias, path) => {
      const isInside = path.some((above) => 'anchor' in above && above.anchor === alias.source);
      return isInside
        ? note(alias, `the alias ${alias.source} stands inside the node that it names`)
        : undefined;
    },
  });
  return found;
}

/** The package itself refuses aliases that multiply. */
function toData(document: Document, name: string): unknown {
  try {
    return document.toJS({ maxAliasCount: YAML_LIMITS.aliasesMax }) ?? undefined;
  } catch (error) {
    throw new LockstepError('usage', `${name}: ${error instanceof Error ? error.message : String(error)}`, {
      hint: 'write the values out',
    });
  }
}

function offsetOf(document: Document, path: readonly PropertyKey[], key: string | undefined): number {
  let node: unknown = document.contents;
  for (const part of path) {
    const next = childOf(isAlias(node) ? node.resolve(document) : node, String(part));
    if (!isNode(next)) break;
    node = next;
  }
  const map = isAlias(node) ? node.resolve(document) : node;
  const named = key !== undefined && isMap(map) ? pairOf(map, key)?.key : undefined;
  if (isNode(named)) return named.range?.[0] ?? 0;
  return isNode(node) ? (node.range?.[0] ?? 0) : 0;
}

function childOf(node: unknown, part: string): unknown {
  if (isMap(node)) return pairOf(node, part)?.value;
  return isSeq(node) ? node.items[Number(part)] : undefined;
}

function pairOf({ items }: YAMLMap, key: string): Pair | undefined {
  return items.find((item) => isNode(item.key) && String(item.key) === key);
}
