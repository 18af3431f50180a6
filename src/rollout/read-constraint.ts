/** `constraint` of a rollout file: tags, nested or not, and how many of their nodes may work at once. Pure. */
import { isRecord } from '../core/is-record.ts';
import { quoteInput } from '../text/quote-input.ts';
import { type Path, type Reader, shown, type Table } from './reader.ts';
import type { LimitWish, TagRef } from './rollout-file.ts';

const HINT = '$tag: {max_parallel: 25%}, $tag: {$other.value: {max_parallel: 2}}';

export function readConstraint(value: unknown, reader: Reader): readonly LimitWish[] {
  const table = reader.table(value, ['constraint'], 'constraint');
  return Object.entries(table).flatMap(([key, inner]) =>
    readTag(key, inner, { path: ['constraint'], of: [] }, reader),
  );
}

/** The tags around a constraint, and their places. */
interface Around {
  readonly path: Path;
  readonly of: readonly TagRef[];
}

function readTag(key: string, value: unknown, { path, of }: Around, reader: Reader): LimitWish[] {
  const place = reader.place(path, key);
  if (!key.startsWith('$')) {
    reader.mistakes.add(place, `${quoteInput(key)} is not known here`, `a constraint is ${HINT}`);
    return [];
  }
  const tag = reader.tagName(key, path);
  if (tag === undefined) return [];
  const below = { path: [...path, key], of: [...of, { ...tag, place }] };
  if (!isRecord(value)) {
    reader.mistakes.add(reader.place(below.path), `${shown(value)} is no limit`, `a constraint is ${HINT}`);
    return [];
  }
  return readTable(value, below, reader);
}

function readTable(table: Table, around: Around, reader: Reader): LimitWish[] {
  const { path, of } = around;
  const { max_parallel: max, per, ...others } = table;
  const inner = Object.entries(others).flatMap(([key, value]) => readTag(key, value, around, reader));
  if (max === undefined) {
    if (Object.keys(others).length === 0 || per !== undefined)
      reader.mistakes.add(reader.place(path), 'a constraint without max_parallel', `it is ${HINT}`);
    return inner;
  }
  const share = reader.share(max, [...path, 'max_parallel']);
  const perTag = per === undefined || per === null ? undefined : reader.tagName(per, [...path, 'per']);
  if (share === undefined) return inner;
  return [{ of, max: share, per: perTag, place: reader.place(path) }, ...inner];
}
