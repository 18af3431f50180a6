/** What a command line asks for: a run, or a text or a mistake, which this prints. */
import { toLockstepError } from '../core/errors.ts';
import type { Repeats } from '../run/repeat.ts';
import type { JobCall } from '../run/request/job-call.ts';
import type { RunRequest } from '../run/request/request.ts';
import { readVersion } from '../version.ts';
import { refuseLostBytes } from './lost-bytes.ts';
import { say } from './say.ts';

export type Call =
  | { readonly kind: 'told'; readonly exitCode: number }
  | RunCall
  | ({ readonly kind: 'job' } & JobCall);

interface RunCall {
  readonly kind: 'run';
  readonly request: RunRequest;
  readonly remarks: readonly string[];
  readonly eventsTo?: number | undefined;
  readonly repeats?: Repeats;
}

/** `calledAs`: the program's name. Never rejects. */
export async function readCall(argv: readonly string[], calledAs: string): Promise<Call> {
  try {
    const { answerToWord } = await import('./words/words.ts');
    const answer = await answerToWord(argv);
    if (typeof answer === 'number') return { kind: 'told', exitCode: answer };
    if (typeof answer === 'string') return await told(answer);
    if (answer !== undefined && 'job' in answer) return { kind: 'job', ...answer.job };
    if (answer !== undefined) return await checked({ kind: 'run', remarks: [], ...answer });
    const { parseArguments } = await import('./parse.ts');
    refuseLostBytes(argv);
    const isInSession = process.env.LOCKSTEP_SESSION !== undefined;
    const parsed = await parseArguments(argv, { isInSession, asOrgalorg: calledAs === 'orgalorg' });
    if (parsed.kind === 'help') return await told((await import('./usage.ts')).helpText());
    if (parsed.kind === 'version') return await told(`lockstep ${await readVersion()}\n`);
    return await checked(parsed);
  } catch (thrown) {
    const error = toLockstepError(thrown);
    const { tellMistake } = await import('./usage.ts');
    process.stderr.write(await tellMistake(error, { argv, calledAs }));
    return { kind: 'told', exitCode: error.exitCode };
  }
}

async function checked(call: RunCall): Promise<Call> {
  await (await import('./check-request.ts')).checkRequest(call.request);
  return call;
}

async function told(text: string): Promise<Call> {
  return { kind: 'told', exitCode: await say(text) };
}
