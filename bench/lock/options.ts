/** What the bench of the lock was asked to measure. */
import { parseArgs } from 'node:util';

export interface LockBenchOptions {
  readonly rows: readonly string[];
  /** How often each abnormal end is brought about. */
  readonly repetitions: number;
  /** Nodes of each such run. */
  readonly nodes: number;
  /** Seconds: P, T and G. */
  readonly heartbeat: number;
  readonly lease: number;
  readonly killGrace: number;
  /** Two runs at once, so often. */
  readonly races: number;
  /** Runs at once that wait for overlapping sets. */
  readonly waiters: number;
  /** Nodes of the races and of the waiting. */
  readonly crowd: number;
  readonly seed: number;
}

export const USAGE = `bench/run.sh lock [options]: how soon and how surely lockstep's locks are given back, on real sshd nodes
  --rows kill,stop,cut,stubborn,race,wait   which (default: all)
  --repetitions 20   of kill, stop, cut and stubborn, on --nodes 5
  --heartbeat 0.5 --lease 3 --kill-grace 1   P, T and G in seconds; the defaults of lockstep are 10, 30 and 5
  --races 50         two runs at once on --crowd 20 nodes
  --waiters 50       runs at once with --lock-wait, on random overlapping sets of these nodes; --seed N repeats the sets
`;

/** Throws an Error with one line for the user. */
export function readOptions(argv: readonly string[]): LockBenchOptions | 'help' {
  const text = (value: string) => ({ type: 'string', default: value }) as const;
  const { values } = parseArgs({
    args: [...argv],
    options: {
      rows: text('kill,stop,cut,stubborn,race,wait'),
      repetitions: text('20'),
      nodes: text('5'),
      heartbeat: text('0.5'),
      lease: text('3'),
      'kill-grace': text('1'),
      races: text('50'),
      waiters: text('50'),
      crowd: text('20'),
      seed: text(`${Date.now() % 1_000_000}`),
      help: { type: 'boolean', short: 'h', default: false },
    },
  });
  if (values.help) return 'help';
  const number = (name: Exclude<keyof typeof values, 'help'>) => {
    const read = Number(values[name]);
    if (!(read > 0)) throw new Error(`--${name}: not above 0: ${values[name]}`);
    return read;
  };
  return {
    rows: values.rows.split(','),
    repetitions: number('repetitions'),
    nodes: number('nodes'),
    heartbeat: number('heartbeat'),
    lease: number('lease'),
    killGrace: number('kill-grace'),
    races: number('races'),
    waiters: number('waiters'),
    crowd: number('crowd'),
    seed: number('seed'),
  };
}
