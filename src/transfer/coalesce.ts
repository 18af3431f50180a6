/**
 * Gathers small pieces into chunks of at most `chunkBytes`, so that thousands of small files do not become thousands of
 * writes to each node. A large piece passes through without a copy, also one that is larger than a chunk.
 */
export async function* coalesce(pieces: AsyncIterable<Buffer>, chunkBytes: number): AsyncGenerator<Buffer> {
  let slab = Buffer.allocUnsafeSlow(chunkBytes);
  // The slab's bytes before `from` were yielded and are never written again; those up to `to` wait.
  let from = 0;
  let to = 0;
  for await (const piece of pieces) {
    const isLarge = piece.length >= chunkBytes / 4;
    if (to > from && (isLarge || to + piece.length > slab.length)) {
      yield slab.subarray(from, to);
      from = to;
    }
    if (isLarge) {
      yield piece;
      continue;
    }
    if (to + piece.length > slab.length) {
      slab = Buffer.allocUnsafeSlow(chunkBytes);
      from = to = 0;
    }
    to += piece.copy(slab, to);
  }
  if (to > from) yield slab.subarray(from, to);
}
