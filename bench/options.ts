/** What the bench was asked to measure. */
import { parseArgs } from 'node:util';

export interface CustomPeer {
  readonly name: string;
  /** sh text with the placeholders of `--peer`. */
  readonly template: string;
}

export interface BenchOptions {
  readonly rows: readonly string[];
  /** Sizes of the rows whose work is done on few and on many nodes; no row uses more nodes than the largest. */
  readonly nodes: readonly number[];
  /** Measured rounds, after one that warms up. */
  readonly rounds: number;
  /** The amount of files and bytes, 1 being what the table of the README is about. */
  readonly scale: number;
  readonly peers: readonly CustomPeer[];
  readonly pin: boolean;
  readonly install: boolean;
  /** Tools that take no part, by name: some are many times slower than the rest. */
  readonly without: readonly string[];
  readonly json: string | undefined;
}

export const USAGE = `bench/run.sh [options]: lockstep and its peers on real sshd nodes of this machine
  --rows a,c,d        which work (default: all rows)
  --nodes 50,200,1000 how many nodes; rows with sizes of their own use at most the largest
  --rounds 5          measured rounds, after one that warms up
  --scale 1           share of the files and bytes of the rows that move data
  --peer NAME=CMD     one more tool, repeatable. CMD is sh; it takes part where its placeholders have a meaning:
                      {command} in a, e, f and n; {files} and {root} in c, d, h and n. {hosts} is a file with an
                      address a line, in n with :PORT, {key} the private key, the user is root.
                      Those called orgalorg and orgalorg-y (without lock) have bars in a and n
  --pin               nodes on core 1, the measured tool on core 0
  --no-install        leave out peers that are not installed
  --without clush,pssh  tools that take no part
  --json FILE         all figures, as JSON
`;

/** Throws an Error with one line for the user. */
export function readOptions(argv: readonly string[]): BenchOptions | 'help' {
  const { values } = parseArgs({
    args: [...argv],
    options: {
      rows: { type: 'string', default: 'a,b,c,d,e,f,g,h,i,j,k,m,n' },
      nodes: { type: 'string', default: '50,200,1000' },
      rounds: { type: 'string', default: '5' },
      scale: { type: 'string', default: '1' },
      peer: { type: 'string', multiple: true, default: [] },
      pin: { type: 'boolean', default: false },
      'no-install': { type: 'boolean', default: false },
      without: { type: 'string', default: '' },
      json: { type: 'string' },
      help: { type: 'boolean', short: 'h', default: false },
    },
  });
  if (values.help) return 'help';
  return {
    rows: values.rows.split(','),
    nodes: values.nodes.split(',').map((word) => wholeNumber('--nodes', word)),
    rounds: wholeNumber('--rounds', values.rounds),
    scale: positive('--scale', values.scale),
    peers: values.peer.map(readPeer),
    pin: values.pin,
    install: !values['no-install'],
    without: values.without.split(','),
    json: values.json,
  };
}

function wholeNumber(option: string, word: string): number {
  const number = Number(word);
  if (!Number.isSafeInteger(number) || number < 1) throw new Error(`${option}: no whole number: ${word}`);
  return number;
}

function positive(option: string, word: string): number {
  const number = Number(word);
  if (!(number > 0 && number <= 1)) throw new Error(`${option}: not above 0 and up to 1: ${word}`);
  return number;
}

function readPeer(word: string): CustomPeer {
  const [, name, template] = /^([\w.-]+)=(.+)$/s.exec(word) ?? [];
  if (name === undefined || template === undefined) throw new Error(`--peer: not NAME=CMD: ${word}`);
  return { name, template };
}
