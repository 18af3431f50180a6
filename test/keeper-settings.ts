/** The settings of a keeper, for tests to which most of them do not matter. */
import type { Holder } from '../src/core/lock.ts';
import type { KeeperSettings } from '../src/node/keeper/keeper-command.ts';

export function keeperSettings(
  record: Partial<Holder> = {},
  rest: Partial<KeeperSettings> = {},
): KeeperSettings {
  return {
    record: {
      who: 'ann@ctl',
      run: 'run',
      since: 'now',
      lockPath: '/',
      reason: '',
      command: '-C true',
      version: '0',
      kind: 'exclusive',
      ...record,
    },
    token: 'token',
    leaseMs: 30_000,
    killGraceMs: 0,
    makes: 'none',
    become: undefined,
    ...rest,
  };
}
