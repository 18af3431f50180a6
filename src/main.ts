/**
 * The story of one run: argv → request → targets → files → connect all → lock all → work while the lock is held → release → outcome.
 */

import { refuseLostBytes } from './cli/lost-bytes.ts';
import { EXIT, toLockstepError } from './core/errors.ts';
import { stayLean } from './memory.ts';
import type { Asked } from './run/report/reported.ts';
import { readVersion } from './version.ts';

/** Runs lockstep with these arguments, under this name; resolves with the exit code. Never rejects. */
export async function main(argv: readonly string[], calledAs: string): Promise<number> {
  // What scripts and completions ask most answers before the options are even read.
  if (argv.length === 1 && (argv[0] === '--version' || argv[0] === '-V')) return sayVersion();
  const sessionPath = process.env.LOCKSTEP_SESSION;
  let asked: Asked;
  try {
    const { showDemo, textOfWord } = await import('./cli/words.ts');
    if (argv[0] === 'demo') return await showDemo(argv.slice(1));
    const text = await textOfWord(argv);
    if (text !== undefined) return await say(text);
    const { parseArguments } = await import('./cli/parse.ts');
    refuseLostBytes(argv);
    const caller = { isInSession: sessionPath !== undefined, asOrgalorg: calledAs === 'orgalorg' };
    const parsed = await parseArguments(argv, caller);
    if (parsed.kind === 'help') return await say((await import('./cli/usage.ts')).helpText());
    if (parsed.kind === 'version') return await sayVersion();
    asked = parsed;
    await (await import('./run/check-request.ts')).checkRequest(parsed.request);
  } catch (thrown) {
    const error = toLockstepError(thrown);
    const { tellMistake } = await import('./cli/usage.ts');
    process.stderr.write(await tellMistake(error, { argv, calledAs }));
    return error.exitCode;
  }
  if (sessionPath !== undefined) return (await import('./run/joined/join.ts')).runJoined(asked, sessionPath);
  // Help and errors answer without the weight of ssh2 and tar.
  const { run } = await import('./run/run.ts');
  stayLean();
  return run(asked);
}

async function sayVersion(): Promise<number> {
  return say(`lockstep ${await readVersion()}\n`);
}

async function say(text: string): Promise<number> {
  const error = await new Promise<Error | null | undefined>((resolve) => {
    // Without a listener the error would end the process with a trace.
    process.stdout.on('error', resolve);
    process.stdout.write(text, resolve);
  });
  if (!error) return EXIT.ok;
  const { brokenOutputError } = await import('./output/terminal/broken.ts');
  const { code, message, exitCode } = brokenOutputError(error, { isTTY: process.stdout.isTTY });
  if (code === 'output-not-written') process.stderr.write(`lockstep: ${message}\n`);
  return exitCode;
}
