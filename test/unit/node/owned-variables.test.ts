// @module-tag slow: left out of npm run test:quick
/** Variables that a shell owns: some it ends at, or closes an output, when they are taken out. */
import { expect, test } from 'vitest';
import { runText, SHELLS } from './shells.ts';

test.each(SHELLS)(
  'begins in %s whatever a login exports that this shell does not let go of',
  async (_, shell) => {
    const environment = { OPTIND: '7', BASH_XTRACEFD: '2', RANDOM: '7', LINENO: '7', PPID: '7' };
    const began = runText(shell, ': give_back; echo acted; echo said >&2', ['lockstep-keeper'], environment);
    began.end();
    expect(await began.exited).toBe(0);
    expect(began.output()).toEqual({ stdout: 'acted\n', stderr: 'said\n' });
  },
);
