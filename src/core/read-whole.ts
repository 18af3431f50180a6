/** Reads a stream to its end as UTF-8; throws the error of `tooLong` when there are more bytes than allowed. */
export async function readWhole(
  stream: AsyncIterable<Uint8Array | string>,
  bytesMax: number,
  tooLong: () => Error,
): Promise<string> {
  return (await readBytes(stream, bytesMax, tooLong)).toString('utf8');
}

/** The same for any bytes. */
export async function readBytes(
  stream: AsyncIterable<Uint8Array | string>,
  bytesMax: number,
  tooLong: () => Error,
): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of stream) {
    const buffer = Buffer.from(chunk);
    bytes += buffer.length;
    if (bytes > bytesMax) throw tooLong();
    chunks.push(buffer);
  }
  return Buffer.concat(chunks);
}
