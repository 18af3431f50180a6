/** Packets that ssh2 writes one behind the other leave together: it answers one packet of the server's with up to three. */
import type { Wire } from './piped-wire.ts';

/**
 * What is written to the socket in one go of the program is one write to the kernel, and one segment on the network where it
 * fits one: on a command 11 writes a node instead of 17. It waits for nothing but the end of what the program is just doing.
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
