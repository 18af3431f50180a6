import { Duplex } from 'node:stream';
import { setImmediate as turn } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { writeInFlights } from '../../../src/ssh/ssh2/flight.ts';

/** Each is what one write to the kernel would have. */
function wire() {
  const writes: string[] = [];
  const socket = new (class extends Duplex {
    readonly bytesRead = 0;
    override _read() {}
    override _write(chunk: Buffer, _encoding: BufferEncoding, done: () => void) {
      writes.push(`${chunk}`);
      done();
    }
    override _writev(chunks: { chunk: Buffer }[], done: () => void) {
      writes.push(chunks.map(({ chunk }) => `${chunk}`).join(' '));
      done();
    }
  })();
  writeInFlights(socket);
  return { socket, writes };
}

test('packets that are written one behind the other leave as one write, in their order', async () => {
  const { socket, writes } = wire();
  for (const packet of ['new keys', 'service', 'key']) socket.write(packet);
  expect(writes).toEqual([]);
  await turn();
  socket.write('open');
  await turn();
  expect(writes).toEqual(['new keys service key', 'open']);
});

test('a writer is told when the other side takes no more, and when it does again', async () => {
  const { socket, writes } = wire();
  const much = 'x'.repeat(socket.writableHighWaterMark);
  expect(socket.write(much)).toBe(false);
  await new Promise((resolve) => socket.once('drain', resolve));
  expect(writes).toEqual([much]);
});

test('what was written before an end is on its way, and a socket that is gone meanwhile hurts nobody', async () => {
  const ended = wire();
  ended.socket.write('release');
  ended.socket.end('goodbye');
  await turn();
  expect(ended.writes.join(' ')).toBe('release goodbye');
  const gone = wire();
  gone.socket.on('error', () => {});
  gone.socket.write('release');
  gone.socket.destroy(new Error('reset'));
  await turn();
  expect(gone.writes).toEqual([]);
});
