/** Parses the text of a rollout file; see docs/rollouts.md. Pure. */
import { ROLLOUT_LIMITS } from '../core/limits/rollout.ts';
import { parseYaml } from '../targets/yaml-position.ts';
import { Mistakes } from './mistakes.ts';
import { readConstraint } from './read-constraint.ts';
import { readSequence } from './read-sequence.ts';
import { readTags } from './read-tags.ts';
import { Reader, type Table } from './reader.ts';
import type { Hooks, RolloutFile } from './rollout-file.ts';

const KEYS = [
  'tag',
  'plugins',
  'sequence',
  'constraint',
  'hooks',
  'retry',
  'on_failure',
  'max_failures',
  'unreachable',
] as const;

/** `name`: the file's name as the user wrote it. Throws LockstepError `usage`, with the place of each mistake. */
export function parseRollout(text: string, name: string): RolloutFile {
  const mistakes = new Mistakes();
  const yaml = parseYaml(text, name);
  const reader = new Reader(yaml, mistakes);
  const document = reader.table(yaml.data, [], 'a rollout file');
  reader.known(document, [], KEYS);
  const file: RolloutFile = {
    tags: readTags(document, reader),
    threads: readSequence(document.sequence, reader),
    limits: readConstraint(document.constraint, reader),
    hooks: readHooks(document, reader),
    retry: readRetry(document, reader),
    onFailure: reader.choice(document.on_failure, ['on_failure'], ['hold', 'release', 'stop']),
    maxFailures: isGiven(document.max_failures)
      ? reader.share(document.max_failures, ['max_failures'])
      : undefined,
    unreachable: reader.choice(document.unreachable, ['unreachable'], ['fail', 'skip']),
  };
  mistakes.refuse();
  return file;
}

function readHooks({ hooks }: Table, reader: Reader): Hooks {
  const table = reader.table(hooks, ['hooks'], 'hooks');
  reader.known(table, ['hooks'], ['before', 'after', 'on_failure']);
  const read = (key: string) =>
    isGiven(table[key]) ? reader.text(table[key], ['hooks', key], 'command') : undefined;
  const [before, after, onFailure] = [read('before'), read('after'), read('on_failure')];
  return {
    ...(before === undefined ? {} : { before }),
    ...(after === undefined ? {} : { after }),
    ...(onFailure === undefined ? {} : { onFailure }),
  };
}

function readRetry({ retry }: Table, reader: Reader): RolloutFile['retry'] {
  if (!isGiven(retry)) return undefined;
  const table = reader.table(retry, ['retry'], 'retry');
  reader.known(table, ['retry'], ['times', 'delay']);
  const times = reader.count(table.times, ['retry', 'times'], ROLLOUT_LIMITS.retriesMax);
  const delayMs = reader.time(table.delay ?? '5s', ['retry', 'delay']);
  return times === undefined || times === 0 || delayMs === undefined ? undefined : { times, delayMs };
}

function isGiven(value: unknown): boolean {
  return value !== undefined && value !== null;
}
