/**
 * A node's work, which begins once the journal has written that it does. So in a run that is killed, a node about which
 * the journal does not say that has never begun, and another run may do it.
 */
import type { ChannelResult } from '../../core/outcome.ts';
import type { CommandSite, StartedCommand } from '../command/commands-at-work.ts';

export function whenKept(site: CommandSite, kept: () => Promise<void>): CommandSite {
  return { ...site, start: () => startWhenKept(site, kept) };
}

function startWhenKept(site: CommandSite, kept: () => Promise<void>): StartedCommand {
  let command: StartedCommand | undefined;
  let isEnded = false;
  const started = kept().then(() => {
    if (!isEnded) command = site.start();
    return command;
  });
  started.catch(() => {});
  const quiet = <T>(promise: Promise<T>): Promise<T> => {
    promise.catch(() => {});
    return promise;
  };
  return {
    begun: quiet(started.then((own) => own?.begun)),
    result: quiet(started.then((own) => own?.result ?? ENDED)),
    status: quiet(started.then((own) => own?.status ?? NEVER)),
    end: () => {
      isEnded = true;
      command?.end();
    },
    close: () => command?.close?.(),
  };
}

const ENDED: ChannelResult = { kind: 'signal', signal: 'TERM' };
const NEVER = new Promise<never>(() => {});
