/** Holds nodes that are alike in something as one. */
import { createHash } from 'node:crypto';

export interface Group<Value, Member> {
  readonly value: Value;
  readonly members: Member[];
}

/** Values whose parts are equal are equal. */
export class Groups<Value, Member> {
  readonly #partsOf: (value: Value) => Iterable<Uint8Array | string>;
  readonly #groups = new Map<string, Group<Value, Member>>();

  constructor(partsOf: (value: Value) => Iterable<Uint8Array | string>) {
    this.#partsOf = partsOf;
  }

  /** Of equal values it keeps the first. */
  add(member: Member, value: Value): void {
    const hash = createHash('sha256');
    for (const part of this.#partsOf(value)) hash.update(part);
    const key = hash.digest('base64');
    const group = this.#groups.get(key);
    if (group === undefined) this.#groups.set(key, { value, members: [member] });
    else group.members.push(member);
  }

  /** Groups and members in the order of `all`, whatever the order in which they came. */
  inOrderOf(all: readonly Member[]): Group<Value, Member>[] {
    const places = new Map(all.map((member, at) => [member, at]));
    const placeOf = (member: Member | undefined) => (member && places.get(member)) ?? all.length;
    const groups = [...this.#groups.values()];
    for (const { members } of groups) members.sort((one, other) => placeOf(one) - placeOf(other));
    return groups.sort(({ members: [one] }, { members: [other] }) => placeOf(one) - placeOf(other));
  }
}

/** Beyond the bound the groups with the fewest members become one, with the value that `join` makes of theirs. */
export function atMost<Value, Member>(
  count: number,
  groups: readonly Group<Value, Member>[],
  join: (values: readonly Value[]) => Value,
): readonly Group<Value, Member>[] {
  if (groups.length <= count) return groups;
  const sorted = groups.toSorted((one, other) => other.members.length - one.members.length);
  const rest = sorted.slice(count - 1);
  const joined = {
    value: join(rest.map(({ value }) => value)),
    members: rest.flatMap(({ members }) => members),
  };
  return [...sorted.slice(0, count - 1), joined];
}
