/**
 * How often what is drawn at random is tried: a share of it with every run of the tests, a quarter of that with the quick ones, as
 * often as it is promised to hold with `npm run proofs`, so many times with `PROOFS=20`.
 */
export function often(share: number, whole: number): number {
  const { PROOFS: wanted, QUICK: isQuick } = process.env;
  if (wanted === undefined) return isQuick === undefined ? share : Math.ceil(share / 4);
  return wanted === 'whole' ? whole : Math.min(Number(wanted), whole);
}
