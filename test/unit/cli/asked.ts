import { parseArguments } from '../../../src/cli/parse.ts';
import type { RunRequest } from '../../../src/run/request/request.ts';

/** The request that a line stands for. */
export async function asked(argv: readonly string[]): Promise<RunRequest> {
  const parsed = await parseArguments(argv);
  if (parsed.kind !== 'run') throw new Error(`read as ${parsed.kind}`);
  return parsed.request;
}
