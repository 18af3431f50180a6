/** Who runs where, so that the nodes take no time from what is measured. */
import { execFileSync } from 'node:child_process';
import { availableParallelism } from 'node:os';

/** The bench and the nodes, which inherit it, on core 1. Gives the words that start a program on core 0. */
export function pin(): readonly string[] {
  if (availableParallelism() < 2) throw new Error('--pin: this machine has one core');
  execFileSync('taskset', ['-a', '-p', '-c', '1', `${process.pid}`], { stdio: 'ignore' });
  return ['taskset', '-c', '0'];
}
