/** Sends packets that ssh2 writes in a row together: it answers one packet of the server's with up to three. */
import type { Wire } from './piped-wire.ts';

/**
 * All that is written to the socket in one go of the program becomes one write to the kernel, and one segment on the
 * network if it fits: on a command 11 writes a node instead of 17. It waits only for the end of the present turn.
 */
export function writeInFlights(socket: Wire): void {
  const write = socket.write.bind(socket) as (...words: unknown[]) => boolean;
  let isCorked = false;
  const uncork = () => {
    isCorked = false;
    socket.uncork();
  };
  socket.write = (...words: unknown[]) => {
    if (!isCorked) {
      isCorked = true;
      socket.cork();
      process.nextTick(uncork);
    }
    return write(...words);
  };
}
