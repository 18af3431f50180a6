/** What a run is told of the keeper of run `one`, up to the kind of its lock. */
export const MET = 'HOLDER\t#\tann@ctl\tone\t2026-01-01T00:00:01Z\tLOCK\twhy\t-C\t0\t';
