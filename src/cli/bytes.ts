/** Sizes as people write them: `500M` is 500 times 1024 × 1024 bytes. Pure. */

/** Undefined for a text that is no size. */
export function parseBytes(text: string): number | undefined {
  const [, digits, unit = ''] = /^(\d{1,16})([KMGT]?)(?:i?B)?$/i.exec(text) ?? [];
  return digits === undefined
    ? undefined
    : Number(digits) * 1024 ** (unit === '' ? 0 : 1 + UNITS.indexOf(unit.toUpperCase()));
}

export function formatBytes(bytes: number): string {
  const power = [4, 3, 2, 1].find((one) => bytes % 1024 ** one === 0) ?? 0;
  return `${bytes / 1024 ** power}${UNITS[power - 1] ?? ''}`;
}

const UNITS: readonly string[] = ['K', 'M', 'G', 'T'];
