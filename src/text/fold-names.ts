/** Many names as few: `web1, web2, web3, db` → `web[1-3], db`. Pure. */

/**
 * Names that differ in one number only are folded; where several numbers of them do, in the one that leaves the fewest folds.
 * The order is that of each fold's first name. Each range keeps its zeros, so that the names can be read back from it:
 * `[08-11]` counts in two digits.
 */
export function foldNames(names: readonly string[]): string {
  const families = new Map<string, Name[]>();
  for (const [at, text] of [...new Set(names)].entries()) {
    const parts = text.split(NUMBER);
    const key = parts.filter((_, index) => index % 2 === 0).join('\0');
    const family = families.get(key);
    if (family === undefined) families.set(key, [{ at, parts }]);
    else family.push({ at, parts });
  }
  return [...families.values()]
    .flatMap(foldFamily)
    .sort((one, other) => one.at - other.at)
    .map(({ text }) => text)
    .join(', ');
}

interface Name {
  /** Its place among all names. */
  readonly at: number;
  /** Text, number, text … */
  readonly parts: readonly string[];
}

interface Fold {
  readonly at: number;
  readonly text: string;
}

/** Digits, up to nine: more is no counter. */
const NUMBER = /(?<!\d)(\d{1,9})(?!\d)/;

/** The names of a family have the same text around their numbers. */
function foldFamily(family: readonly Name[]): Fold[] {
  const [first] = family;
  if (first === undefined) return [];
  let best: Name[][] = family.map((name) => [name]);
  let bestPart = 1;
  for (let part = 1; part < first.parts.length; part += 2) {
    const groups = groupBy(family, ({ parts }) => parts.toSpliced(part, 1).join('\0'));
    // Where several leave equally few folds the last number wins, which most often counts.
    if (groups.length <= best.length) [best, bestPart] = [groups, part];
  }
  return best.map((group) => formatFold(group, bestPart));
}

function groupBy(names: readonly Name[], keyOf: (name: Name) => string): Name[][] {
  const groups = new Map<string, Name[]>();
  for (const name of names) {
    const key = keyOf(name);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [name]);
    else group.push(name);
  }
  return [...groups.values()];
}

function formatFold(group: readonly Name[], part: number): Fold {
  const { at, parts } = group[0] ?? { at: 0, parts: [] };
  if (group.length < 2) return { at, text: parts.join('') };
  const ranges = formatRanges(group.map((name) => name.parts[part] ?? ''));
  return { at, text: parts.with(part, `[${ranges}]`).join('') };
}

function formatRanges(texts: readonly string[]): string {
  const padded = texts.filter((text) => /^0./.test(text)).map((text) => text.length);
  const widths = [...new Set(padded)].sort((one, other) => other - one);
  // A number without zeros before it continues those that have some: 08, 09, 10.
  const widthOf = (text: string) => widths.find((width) => width <= text.length) ?? 1;
  const numbers = texts
    .map((text) => ({ value: Number(text), width: /^0./.test(text) ? text.length : widthOf(text) }))
    .sort((one, other) => one.width - other.width || one.value - other.value);
  const ranges: { from: number; to: number; width: number }[] = [];
  for (const { value, width } of numbers) {
    const last = ranges.at(-1);
    if (last?.width === width && last.to === value - 1) last.to = value;
    else ranges.push({ from: value, to: value, width });
  }
  return ranges
    .map(({ from, to, width }) => {
      const [first, last] = [from, to].map((value) => String(value).padStart(width, '0'));
      return from === to ? first : `${first}-${last}`;
    })
    .join(',');
}
