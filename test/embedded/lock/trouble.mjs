// Loaded into a controller before its own code: on SIGUSR2 it has the trouble that TROUBLE names.
import { writeSync } from 'node:fs';

const [kind, amount] = (process.env.TROUBLE ?? '').split(' ');
const now = Date.now;

process.on('SIGUSR2', () => {
  writeSync(2, 'trouble begins\n');
  // The event loop stands still: no timer, no input.
  if (kind === 'stall') Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, Number(amount));
  // The wall clock alone jumps, as it seems to after a sleep of the machine.
  if (kind === 'jump') Date.now = () => now() + Number(amount);
});
