/** Sizes of a row's own, cut to the largest that was asked for. */
export function upTo(sizes: readonly number[]): (asked: readonly number[]) => number[] {
  return (asked) => [...new Set(sizes.map((size) => Math.min(size, Math.max(...asked))))];
}
