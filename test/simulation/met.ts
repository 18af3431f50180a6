/** What a run is told of the keeper of run `one`, whose run is still taking its locks, up to the kind of its lock. */
export const MET = 'HOLDER\t# taking\tann@ctl\tone\t2026-01-01T00:00:01Z\tLOCK\twhy\t-C\t0\t';

/** The same, when its run has them all. */
export const MET_HOLDING = MET.replace(' taking', '');
