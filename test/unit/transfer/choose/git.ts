/** git itself, which knows best what it ignores; without what stands in the files of this machine. */
import { spawnSync } from 'node:child_process';

const ENVIRONMENT = {
  ...process.env,
  GIT_CONFIG_GLOBAL: '/dev/null',
  GIT_CONFIG_SYSTEM: '/dev/null',
  GIT_CEILING_DIRECTORIES: '/tmp',
};

export function git(directory: string, args: readonly string[], input = ''): readonly string[] {
  const { status, stdout, stderr, error } = spawnSync('git', ['-C', directory, ...args], {
    env: ENVIRONMENT,
    input,
    maxBuffer: 1 << 26,
  });
  // 1: none of the paths is ignored.
  if (error !== undefined || status === null || status > 1)
    throw new Error(`git ${args[0]} failed: ${error?.message ?? stderr}`);
  return stdout.toString().split('\0').filter(Boolean);
}
