/** `lockstep log RUN`: the events as sentences. Pure. */
import { sanitiseWord } from '../../text/sanitise.ts';
import type { Head } from '../head.ts';
import { endOf, messageOf, timeOf } from '../history.ts';
import type { EventLine } from '../past-run.ts';
import { endText, listNames, nameNodes } from './words.ts';

/** Words an event, with its time; undefined if it adds nothing to those before. */
export type Teller = (event: EventLine) => string | undefined;

/** Make one for each reading of a log, since it remembers what it has told. */
export function logTeller(head: Head): Teller {
  const nameOf = nameNodes(head.nodes);
  const names = new Map(head.nodes.map((node) => [node.id, nameOf(node)]));
  const nameOfId = (id: unknown) => names.get(String(id)) ?? sanitiseWord(String(id));
  const ended = new Set<string>();
  return (event) => {
    const text = sentenceOf(event, { nameOfId, ended });
    if (text === undefined) return undefined;
    const about = typeof event.node === 'string' ? `${nameOfId(event.node)}: ` : '';
    return `${new Date(timeOf(event)).toISOString().slice(11, 23)} ${about}${text}\n`;
  };
}

interface Told {
  nameOfId(id: unknown): string;
  /** Nodes whose failure it has told. */
  readonly ended: Set<string>;
}

function sentenceOf(event: EventLine, { nameOfId, ended }: Told): string | undefined {
  const phase = String(event.phase);
  switch (event.type) {
    case 'begun':
      return `run ${word(event.run)} of ${word(event.who)} begins`;
    case 'phase':
      return `${PHASES[phase] ?? `phase ${word(phase)}`}: ${event.nodes === 1 ? '1 node' : `${word(event.nodes)} nodes`}`;
    case 'node-begun':
      return phase === 'exec' ? 'begins' : undefined;
    case 'node-done':
      return DONE[phase];
    case 'node-failed': {
      const isTold = ended.has(String(event.node));
      return isTold ? undefined : `fails at ${word(phase)}: ${word(messageOf(event.error))}`;
    }
    case 'outcome': {
      const end = endOf(event);
      if (end !== undefined && end.kind !== 'ok') ended.add(String(event.node));
      return end && endText(end);
    }
    case 'left-out': {
      const errors = Array.isArray(event.errors) ? event.errors : [];
      const nodes = errors.map((error) => nameOfId(error?.node));
      return `goes on without ${listNames(nodes, NAMES_CHARS)}`;
    }
    case 'lock-wait': {
      const blockers = Array.isArray(event.blockers) ? event.blockers : [];
      return `waits for the lock: ${word(blockers[0]?.text)}`;
    }
    case 'pulled':
      return `${event.files === 1 ? '1 file is' : `${word(event.files)} files are`} here, in ${word(event.path)}`;
    case 'log':
      return `${word(event.level)}: ${word(event.message)}`;
    case 'finished': {
      const cause = messageOf(event.failure);
      return `ends with exit code ${word(event.exitCode)}${cause === undefined ? '' : `: ${word(cause)}`}`;
    }
    default:
      return undefined;
  }
}

const NAMES_CHARS = 200;

const PHASES: Readonly<Record<string, string>> = {
  connect: 'connects',
  lock: 'takes the locks',
  survey: 'asks what is there',
  upload: 'sends files',
  commit: 'puts files in place',
  exec: 'runs the command',
  ending: 'ends the work',
  release: 'gives the locks back',
};

/** The outcome says how a command ended. */
const DONE: Readonly<Record<string, string>> = {
  connect: 'is connected',
  lock: 'is locked',
  upload: 'has all files',
  commit: 'has them in place',
  ending: 'has ended its work',
};

function word(value: unknown): string {
  return sanitiseWord(String(value ?? '?'));
}
