/**
 * How often what is drawn at random is tried: a share of it with every run of the tests, as often as it is promised to hold with
 * `npm run proofs`, so many times with `PROOFS=20`.
 */
export function often(share: number, whole: number): number {
  const { PROOFS: wanted } = process.env;
  if (wanted === undefined) return share;
  return wanted === 'whole' ? whole : Math.min(Number(wanted), whole);
}
