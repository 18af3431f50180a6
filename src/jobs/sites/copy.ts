/** Copies of a site's configuration. Pure. */

/** Copies objects and lists all the way down; functions, streams and other things with a class of their own stay as they are. */
export function copyOf<Thing>(thing: Thing): Thing {
  return copyInto(thing, new Map()) as Thing;
}

function copyInto(thing: unknown, known: Map<unknown, unknown>): unknown {
  if (typeof thing !== 'object' || thing === null) return thing;
  const seen = known.get(thing);
  if (seen !== undefined) return seen;
  if (Array.isArray(thing)) {
    const list: unknown[] = [];
    known.set(thing, list);
    for (const item of thing) list.push(copyInto(item, known));
    return list;
  }
  const prototype = Object.getPrototypeOf(thing);
  if (prototype !== Object.prototype && prototype !== null) return thing;
  const copy: Record<string, unknown> = {};
  known.set(thing, copy);
  for (const [key, value] of Object.entries(thing))
    Object.defineProperty(copy, key, { value: copyInto(value, known), ...PLAIN });
  return copy;
}

/** A key `__proto__` is one like any other. */
const PLAIN = { enumerable: true, configurable: true, writable: true };
