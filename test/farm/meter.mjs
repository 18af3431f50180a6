// Loaded into the program before it starts (node --import), it counts the writes to where its stdout goes, and on SIGUSR2 what
// lives in memory. Both are written as JSON into files beside what METER names: METER.written at the end, METER.memory when asked.
import fs, { renameSync, writeFileSync } from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import { setTimeout as pause } from 'node:timers/promises';
import v8 from 'node:v8';
import vm from 'node:vm';

const path = process.env.METER;

// What V8 makes of functions that are called often enough would count as memory of the nodes by which they are.
if (process.env.METER_STEADY === '1') {
  for (const flag of ['--no-lazy-feedback-allocation', '--no-sparkplug', '--no-opt', '--no-flush-bytecode'])
    v8.setFlagsFromString(flag);
}

const counts = { writes: 0, bytes: 0 };

for (const name of ['write', 'writeSync']) {
  const original = fs[name];
  fs[name] = (descriptor, data, ...rest) => {
    if (isStdout(descriptor)) {
      counts.writes += 1;
      counts.bytes += Buffer.byteLength(data);
    }
    return original(descriptor, data, ...rest);
  };
}
syncBuiltinESMExports();

// The program opens pipes and terminals anew.
function isStdout(descriptor) {
  const [{ dev, ino }, stdout] = [fs.fstatSync(descriptor), fs.fstatSync(1)];
  return dev === stdout.dev && ino === stdout.ino;
}

// The least of several looks: each may find what the next one sets free.
process.on('SIGUSR2', async () => {
  v8.setFlagsFromString('--expose-gc');
  const gc = vm.runInNewContext('gc');
  let bytes = Number.POSITIVE_INFINITY;
  for (let look = 0; look < 5; look += 1) {
    await pause(100);
    gc();
    bytes = Math.min(bytes, process.memoryUsage().heapUsed);
  }
  put('memory', { bytes });
});
process.on('exit', () => put('written', counts));

function put(name, value) {
  writeFileSync(`${path}.new`, JSON.stringify(value));
  renameSync(`${path}.new`, `${path}.${name}`);
}
