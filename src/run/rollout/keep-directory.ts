/** A node's turn: once it has ended well its run directory stays, however the run ends, even if nobody can tell the node any more. */
import type { HeldKeeper } from '../../node/keeper/held-keeper.ts';
import type { CommandSite } from '../command/commands-at-work.ts';
import { isOk } from './hooks.ts';

export function keepDirectory(site: CommandSite, keeper: HeldKeeper): CommandSite {
  const start = () => {
    const started = site.start();
    const keep = started.result.then((result) => {
      if (isOk(result)) keeper.keepRunDirectory();
    });
    keep.catch(() => {});
    return started;
  };
  return { ...site, start };
}
