/** `-C`: one command on every node. */
import type { HeldMode } from './mode.ts';

export const commandMode: HeldMode<'command'> = {
  name: 'command',
  option: '-C',
  synopsis: '-C [--] COMMAND…',
  takes: 'command',
  locks: 'may-share',
  changesFiles: false,
  runsCommands: true,
  async work(work, asked) {
    const { runCommand } = await import('../command/command.ts');
    await runCommand(work, asked, () => asked);
  },
};
