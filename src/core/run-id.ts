/** The second (UTC) with which the id of a run begins, and by which ids sort: `20261121T091240`. */
export function secondOfRun(beganMs: number): string {
  return new Date(beganMs).toISOString().slice(0, 19).replaceAll(/[-:]/g, '');
}
