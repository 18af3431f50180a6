/**
 * `sequence` of a rollout file: a list is a thread, and so is a table with `steps`; other keys are names, or tags that
 * the nodes must have as well. Pure.
 */
import { isRecord } from '../core/is-record.ts';
import { quoteInput } from '../text/quote-input.ts';
import { readHost } from './read-tags.ts';
import { type Path, type Reader, shown, type Table } from './reader.ts';
import type { Ref, TagRef, ThreadWish } from './rollout-file.ts';

/** What the enclosing keys say. */
interface Above {
  readonly path: Path;
  readonly names: readonly string[];
  readonly within: readonly TagRef[];
}

export function readSequence(value: unknown, reader: Reader): readonly ThreadWish[] {
  const above: Above = { path: ['sequence'], names: [], within: [] };
  // A list of lists: each is a thread.
  if (!Array.isArray(value) || !value.some((item) => Array.isArray(item) || isRecord(item)))
    return readThreads(value, above, reader);
  return value.flatMap((item, at) =>
    readThreads(item, { ...above, path: ['sequence', at], names: [`sequence ${at + 1}`] }, reader),
  );
}

function readThreads(value: unknown, above: Above, reader: Reader): ThreadWish[] {
  if (value === null || value === undefined) return [];
  if (isRecord(value)) {
    if (!('steps' in value)) return readKeys(value, above, reader);
    return [readThread(value, [...above.path, 'steps'], above, reader)];
  }
  return [readThread({ steps: value }, above.path, above, reader)];
}

function readKeys(table: Table, { path, names, within }: Above, reader: Reader): ThreadWish[] {
  return Object.entries(table).flatMap(([key, value]) => {
    const below = { path: [...path, key], names: [...names, key] };
    if (!key.startsWith('$')) return readThreads(value, { ...below, within }, reader);
    const tag = reader.tagName(key, path);
    if (tag === undefined) return [];
    const placed = { ...tag, place: reader.place(path, key) };
    return readThreads(value, { ...below, within: [...within, placed] }, reader);
  });
}

const KEYS = ['steps', 'per', 'require', 'pause'] as const;

function readThread(
  table: Table,
  stepsPath: Path,
  { path, names, within }: Above,
  reader: Reader,
): ThreadWish {
  const { steps, per, require, pause } = table;
  reader.known(table, path, KEYS);
  return {
    name: names.join('.'),
    within,
    steps: readSteps(steps, stepsPath, reader),
    per: per === undefined || per === null ? undefined : reader.tagName(per, [...path, 'per']),
    require: reader.choice(require, [...path, 'require'], ['success', 'finished']),
    pause: readPause(pause, [...path, 'pause'], reader),
    place: reader.place(path),
  };
}

function readSteps(value: unknown, path: Path, reader: Reader): readonly Ref[] {
  if (value === null || value === undefined) return [];
  const list = Array.isArray(value) ? value : [value];
  return list.flatMap((item, at): Ref[] => {
    const there = Array.isArray(value) ? [...path, at] : path;
    const place = reader.place(there);
    if (Array.isArray(item) || isRecord(item)) {
      reader.mistakes.add(place, `${shown(item)} is no step`, 'a step is $tag, $tag.value or a host');
      return [];
    }
    if (typeof item === 'string' && item.startsWith('$')) {
      const tag = reader.tagName(item, there);
      return tag === undefined ? [] : [tag];
    }
    const entry = readHost(item, place, reader);
    if (entry?.text.startsWith('!')) {
      reader.mistakes.add(place, `${quoteInput(entry.text)} leaves nodes out, and a step names some`);
      return [];
    }
    return entry === undefined ? [] : [{ kind: 'hosts', entry, place }];
  });
}

function readPause(value: unknown, path: Path, reader: Reader): ThreadWish['pause'] {
  if (value === undefined || value === null) return undefined;
  if (value === 'confirm') return value;
  const ms = reader.time(value, path);
  return ms === undefined ? undefined : { ms };
}
