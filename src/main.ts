/** From a command line to an exit code: what was asked is read, told where it is a text, and run where it is a run. */

import { say } from './cli/say.ts';
import { readVersion } from './version.ts';

/** Runs lockstep with these arguments, under this name; resolves with the exit code. Never rejects. */
export async function main(argv: readonly string[], calledAs: string): Promise<number> {
  // What scripts ask most answers before anything to read options with is loaded.
  if (argv.length === 1 && (argv[0] === '--version' || argv[0] === '-V')) {
    return say(`lockstep ${await readVersion()}\n`);
  }
  const { readCall } = await import('./cli/read-call.ts');
  const call = await readCall(argv, calledAs);
  if (call.kind === 'told') return call.exitCode;
  if (call.kind === 'job') {
    // Only here a file is loaded as the user's own modules are.
    const answer = await (await import('./process/job-here.ts')).jobHere(call, (url) => import(url));
    return typeof answer === 'string' ? say(answer) : answer;
  }
  // Help and errors answer without the weight of ssh2 and tar.
  return (await import('./process/run-here.ts')).runHere(call.request, call);
}
