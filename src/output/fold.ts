/** Many names as few: `web1, web2, web3, db` → `web[1-3], db`. Pure. */

/** Names that differ only in their last number are folded; the order is that of each fold's first name. */
export function foldNames(names: readonly string[]): string {
  const folds = new Map<string, Fold>();
  for (const name of names) {
    const [, before = '', digits, after = ''] = LAST_NUMBER.exec(name) ?? [];
    // A number with zeros before it is told from one without, so that the names can be read back.
    const width = digits?.startsWith('0') ? digits.length : 0;
    const key = digits === undefined ? name : `${before}\0${width}\0${after}`;
    const fold = folds.get(key) ?? { before, after, width, numbers: [], single: name };
    folds.set(key, fold);
    if (digits !== undefined) fold.numbers.push(Number(digits));
  }
  return [...folds.values()].map(formatFold).join(', ');
}

interface Fold {
  readonly before: string;
  readonly after: string;
  /** Of numbers with leading zeros; else 0. */
  readonly width: number;
  readonly numbers: number[];
  /** The first name, as it stands. */
  readonly single: string;
}

/** The last digits of a name, up to nine: more is no counter. Behind a host's name a port stays as it is. */
const LAST_NUMBER = /^(.*?)(?<!\d)(\d{1,9})(\D*(?::\d+\]?)?)$/s;

function formatFold({ before, after, width, numbers, single }: Fold): string {
  const sorted = [...new Set(numbers)].sort((one, other) => one - other);
  if (sorted.length < 2) return single;
  const ranges: [number, number][] = [];
  for (const number of sorted) {
    const last = ranges.at(-1);
    if (last !== undefined && last[1] === number - 1) last[1] = number;
    else ranges.push([number, number]);
  }
  const text = (number: number) => String(number).padStart(width, '0');
  const parts = ranges.map(([from, to]) => (from === to ? text(from) : `${text(from)}-${text(to)}`));
  return `${before}[${parts.join(',')}]${after}`;
}
