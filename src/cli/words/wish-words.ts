/** `lockstep halt`, `resume`, `retry` and `skip` for a run at work: asks it at its door. */
import { EXIT, LockstepError } from '../../core/errors.ts';
import type { Wish } from '../../core/wish.ts';
import type { EndState } from '../../journal/repeat.ts';
import { quoteInput } from '../../text/quote-input.ts';
import { say } from '../say.ts';
import { type OneRun, oneRun } from './journal-words.ts';
import { wordRefusal } from './word-lines.ts';

export async function halt(rest: readonly string[]): Promise<number> {
  return askLive('halt', await oneRun('halt', rest, []), []);
}

export async function skip(rest: readonly string[]): Promise<number> {
  const asked = await oneRun('skip', rest, [], { takesNodes: true });
  if (asked.names.length === 0) throw wordRefusal('skip', 'skip needs the names of nodes');
  return askLive('skip', asked, []);
}

/** `states`: which nodes to take if the user names none. Resolves with the exit code. */
export async function askLive(
  word: Wish['kind'],
  { journal, found, names }: OneRun,
  states: readonly EndState[],
): Promise<number> {
  const past = await journal.readRun(found);
  const { run, request, controller } = past.head;
  const nodes = past.nodes.map(({ node }) => node);
  const refuse = (message: string, hint: string) => new LockstepError('usage', message, { hint });
  if (past.state !== 'running') {
    throw refuse(`run ${run} is over`, 'lockstep retry and resume start one that is over again');
  }
  const { parseRequest } = await import('../../run/request/read-request.ts');
  const { isRollout } = await import('../../run/rollout/is-rollout.ts');
  if (!isRollout(parseRequest(JSON.stringify(request)).rollout)) {
    throw refuse(
      `run ${run} is not over, and is no rollout: its nodes work all at once`,
      'Ctrl-C ends it where it was started',
    );
  }
  const wish = await wishOf();
  const path = await journal.findDoor(process.env, run);
  const { existsSync } = await import('node:fs');
  if (path === undefined || !existsSync(path)) {
    throw new LockstepError('not-at-work', `run ${run} of ${controller.host} has no open door here`, {
      hint: 'it has one while it works on its nodes, for the account and on the machine that started it',
    });
  }
  const { askRollout } = await import('../../run/rollout/door.ts');
  const answer = await askRollout(path, wish);
  const exitCode = await say(journal.wishText(wish, answer, { run, nodes }));
  return exitCode === EXIT.ok && !journal.isGranted(answer) ? EXIT.commandFailed : exitCode;

  /** Without nodes that an earlier run of the rollout left: they are not its own. */
  function ownNodes() {
    const own = new Set(past.head.nodes.map(({ id }) => id));
    return journal.nodesIn(past, states).filter(({ id }) => own.has(id));
  }

  async function wishOf(): Promise<Wish> {
    if (word === 'halt' || word === 'resume') {
      if (names.length > 0)
        throw wordRefusal(word, `${word} is for the whole run: ${quoteInput(names[0] ?? '')} is too much`);
      return { kind: word };
    }
    const { pickNodes } = await import('../../run/rollout/pick-nodes.ts');
    const picked = names.length > 0 ? pickNodes(nodes, names, run) : ownNodes();
    if (picked.length === 0) {
      throw refuse(
        `no node of run ${run} is ${states.join(' or ')}`,
        `lockstep show ${run} tells how it stands`,
      );
    }
    return { kind: word, nodes: picked.map(({ id }) => id) };
  }
}
