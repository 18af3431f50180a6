// @module-tag slow: left out of npm run test:quick
/** Variables that a shell owns: some it ends at, or closes an output, when they are taken out. */
import { expect, test } from 'vitest';
import { PARTS } from '../../../src/node/texts.ts';
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

test.each(SHELLS)(
  'in %s a locale that the node lacks is given back, and nothing complains of it',
  async (_, shell) => {
    const { giveBack } = PARTS.command;
    const told = async (environment: Record<string, string>) => {
      const shown = 'echo "${LC_ALL-none} ${LC_CTYPE-none} ${MY_LC_ALL-none}"';
      const began = runText(shell, `${giveBack}\ngive_back\n${shown}`, ['lockstep-keeper'], environment);
      began.end();
      await began.exited;
      return began.output();
    };
    const both = { LC_CTYPE: 'xx_XX.UTF-8', MY_LC_ALL: 'mine' };
    expect(await told(both)).toEqual({ stdout: 'none xx_XX.UTF-8 mine\n', stderr: '' });
    expect((await told({ ...both, LC_ALL: 'C.UTF-8' })).stdout).toBe('C.UTF-8 xx_XX.UTF-8 mine\n');
  },
);
