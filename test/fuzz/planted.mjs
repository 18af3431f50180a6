/**
 * Faults that lockstep had, or might have, to be put back: `npm run fuzz -- --seeds 1..2000 --plant NAME` must find each.
 * A change replaces the first `from` of a file; where it is not there any more the plant must be written anew.
 */
export const PLANTS = {};
