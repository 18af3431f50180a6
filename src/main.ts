/** From a command line to an exit code: what was asked is read, told where it is a text, and run where it is a run. */

import { refuseLostBytes } from './cli/lost-bytes.ts';
import { EXIT, toLockstepError } from './core/errors.ts';
import type { RunRequest } from './run/request.ts';
import { readVersion } from './version.ts';

/** Runs lockstep with these arguments, under this name; resolves with the exit code. Never rejects. */
export async function main(argv: readonly string[], calledAs: string): Promise<number> {
  const call = await readCall(argv, calledAs);
  if (call.kind === 'told') return call.exitCode;
  // Help and errors answer without the weight of ssh2 and tar.
  return (await import('./process/run-here.ts')).runHere(call.request, call);
}

type Call = { readonly kind: 'told'; readonly exitCode: number } | RunCall;

interface RunCall {
  readonly kind: 'run';
  readonly request: RunRequest;
  readonly remarks: readonly string[];
  readonly eventsTo?: number | undefined;
}

async function readCall(argv: readonly string[], calledAs: string): Promise<Call> {
  // What scripts and completions ask most answers before the options are even read.
  if (argv.length === 1 && (argv[0] === '--version' || argv[0] === '-V')) return sayVersion();
  try {
    const { answerToWord } = await import('./cli/words.ts');
    const answer = await answerToWord(argv);
    if (typeof answer === 'number') return { kind: 'told', exitCode: answer };
    if (typeof answer === 'string') return say(answer);
    if (answer !== undefined) return await checked({ kind: 'run', ...answer, remarks: [] });
    const { parseArguments } = await import('./cli/parse.ts');
    refuseLostBytes(argv);
    const isInSession = process.env.LOCKSTEP_SESSION !== undefined;
    const parsed = await parseArguments(argv, { isInSession, asOrgalorg: calledAs === 'orgalorg' });
    if (parsed.kind === 'help') return say((await import('./cli/usage.ts')).helpText());
    if (parsed.kind === 'version') return sayVersion();
    return await checked(parsed);
  } catch (thrown) {
    const error = toLockstepError(thrown);
    const { tellMistake } = await import('./cli/usage.ts');
    process.stderr.write(await tellMistake(error, { argv, calledAs }));
    return { kind: 'told', exitCode: error.exitCode };
  }
}

async function checked(call: RunCall): Promise<Call> {
  await (await import('./cli/check-request.ts')).checkRequest(call.request);
  return call;
}

async function sayVersion(): Promise<Call> {
  return say(`lockstep ${await readVersion()}\n`);
}

async function say(text: string): Promise<Call> {
  const error = await new Promise<Error | null | undefined>((resolve) => {
    // Without a listener the error would end the process with a trace.
    process.stdout.on('error', resolve);
    process.stdout.write(text, resolve);
  });
  if (!error) return { kind: 'told', exitCode: EXIT.ok };
  const { brokenOutputError } = await import('./output/terminal/broken.ts');
  const { code, message, exitCode } = brokenOutputError(error, { isTTY: process.stdout.isTTY });
  if (code === 'output-not-written') process.stderr.write(`lockstep: ${message}\n`);
  return { kind: 'told', exitCode };
}
