/** `lockstep retry RUN` and `resume RUN`: starts a past run again, on some of its nodes, or asks one at work. */
import { LockstepError } from '../../core/errors.ts';
import { systemErrorText } from '../../core/system-error.ts';
import type { EndState } from '../../journal/repeat.ts';
import { countNodes } from '../../text/list-nodes.ts';
import { quoteInput } from '../../text/quote-input.ts';
import { oneRun } from './journal-words.ts';
import type { RunWord } from './run-word.ts';

const NOT_OK: readonly EndState[] = ['failed', 'lost', 'skipped'];

export async function retry(rest: readonly string[]): Promise<RunWord | number> {
  return repeat('retry', rest, NOT_OK);
}

/** Nodes that never began. */
export async function resume(rest: readonly string[]): Promise<RunWord | number> {
  return repeat('resume', rest, []);
}

/** `choices`: states that options can pick; without such an option all of them count. */
async function repeat(
  word: 'retry' | 'resume',
  rest: readonly string[],
  choices: readonly EndState[],
): Promise<RunWord | number> {
  const asked = await oneRun(word, rest, [...choices, CHANGED], { takesNodes: word === 'retry' });
  const { journal, found, flags, names } = asked;
  const past = await journal.readRun(found);
  if (past.head.isOfJobs === true) {
    throw new LockstepError(
      'usage',
      `run ${found.head.run} was one of jobs, which ${word} does not start again`,
      {
        hint: `begin it anew: lockstep ${past.head.command}; --role names sites`,
      },
    );
  }
  const given = choices.filter((state) => flags.has(state));
  const states = given.length > 0 ? given : choices.length > 0 ? choices : (['skipped'] as const);
  if (past.state === 'running') return (await import('./wish-words.ts')).askLive(word, asked, states);
  if (names.length > 0) {
    throw new LockstepError('usage', `run ${found.head.run} is over: this counts its nodes that are not ok`, {
      hint: '--failed, --lost and --skipped pick some of them',
    });
  }
  if (process.env.LOCKSTEP_SESSION !== undefined) {
    throw new LockstepError('usage', `${word} takes a lock of its own, and this is inside a session`, {
      hint: `inside of it -o run:${found.head.run}:failed names the nodes`,
    });
  }
  const part = journal.partOf(past, states);
  const { run, at, directory, request: written } = past.head;
  const { parseRequest } = await import('../../run/request/read-request.ts');
  const { goneInputs, isDown, repeatedRequest } = await import('../../run/repeat.ts');
  const request = repeatedRequest(parseRequest(JSON.stringify(written)), part.target);
  const gone = goneInputs(request);
  if (gone.length > 0) {
    throw new LockstepError('usage', `run ${run} cannot be repeated: ${gone.join(', ')} was read once`, {
      hint: `write it anew, with -o '${part.target}' for its nodes`,
    });
  }
  goTo(directory, run);
  const { isRollout } = await import('../../run/rollout/is-rollout.ts');
  const whole = isRollout(request.rollout) ? part.whole : undefined;
  const wanted = { nodes: journal.nodesIn(past, states).map(({ id }) => id), states };
  await (whole === undefined ? journal.checkNodesFree(found, wanted) : journal.checkRolloutFree(found));
  const down = whole?.rest.filter(({ kind }) => isDown(kind)).length ?? 0;
  const began = at.slice(0, 19).replace('T', ' ');
  return {
    request,
    eventsTo: undefined,
    repeats: {
      run,
      text: `${VERBS[word]} run ${run} of ${began} UTC, on ${part.nodes} of its ${countNodes(past.nodes.length)}${downText(down)}`,
      ...(whole && { whole }),
      claim: (own) => (whole ? journal.claimRollout(found, own) : journal.claimNodes(found, wanted, own)),
      checkSources: flags.has(CHANGED) ? () => {} : (sources) => journal.checkSources(past, sources),
    },
  };
}

const CHANGED = 'changed-sources';

const VERBS = { retry: 'retries', resume: 'resumes' } as const;

function downText(count: number): string {
  if (count === 0) return '';
  const [was, is] = count === 1 ? ['was', 'is'] : ['were', 'are'];
  return `; orders and limits count ${countNodes(count)} that failed or ${was} lost there, and ${is} not in this run`;
}

/** Paths of the request count from the directory of the old run. */
function goTo(directory: string, run: string): void {
  const refuse = (why: string) =>
    new LockstepError('usage', `run ${run} began in a directory that is gone: ${why}`, {
      hint: `paths of its request count from there; make it again, or write the line anew, with -o run:${run}:failed`,
    });
  if (directory === '') throw refuse('it was gone already then');
  try {
    process.chdir(directory);
  } catch (error) {
    throw refuse(`${quoteInput(directory)}: ${systemErrorText(error)}`);
  }
}
