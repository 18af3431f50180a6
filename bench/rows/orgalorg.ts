/** The bars against the tool that lockstep replaces: where a `--peer` brings it, by these names. */
import type { Bar, Contender } from '../work.ts';

const ORGALORG = 'orgalorg';
const ORGALORG_WITHOUT_LOCK = 'orgalorg-y';

interface Most {
  readonly withLock: number;
  readonly withoutLock: number;
}

/** What a command of lockstep may take where the same of orgalorg takes 1; nothing is asked against one that takes no part. */
export function barsAgainstOrgalorg(
  contenders: readonly Pick<Contender, 'name'>[],
  { withLock, withoutLock }: Most,
): Bar[] {
  const bars: Bar[] = [
    { contender: 'lockstep', quantity: 'wallMs', most: withLock, of: ORGALORG },
    { contender: 'lockstep -y', quantity: 'wallMs', most: withoutLock, of: ORGALORG_WITHOUT_LOCK },
  ];
  return bars.filter(({ of }) => contenders.some(({ name }) => name === of));
}
