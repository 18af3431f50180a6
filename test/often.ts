/**
 * How often a test tries what is drawn at random: `share` times with every run of the tests, a quarter of that with the quick ones,
 * `whole` times, as it is promised to hold, with `npm run proofs`, and so many times with `PROOFS=20`.
 */
export function often(share: number, whole = share): number {
  const { PROOFS: wanted, QUICK: isQuick } = process.env;
  if (wanted === undefined) return isQuick === undefined ? share : Math.ceil(share / 4);
  return wanted === 'whole' ? whole : Math.min(Number(wanted), whole);
}
