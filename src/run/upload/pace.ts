/** How a run shares its bytes among nodes of unlike speed: where the slow ones read on from, and how long they are waited for. */
import { tmpdir } from 'node:os';
import { setTimeout as delay } from 'node:timers/promises';
import { LIMITS } from '../../limits.ts';
import type { FanOutOptions } from '../../transfer/fan-out.ts';
import { spoolIn } from '../../transfer/spool.ts';

/** The spool lies in /var/tmp, since /tmp is often memory; TMPDIR wins. */
export const pace: Pick<FanOutOptions, 'spool' | 'patience'> = {
  spool: spoolIn(process.env.TMPDIR === undefined ? '/var/tmp' : tmpdir()),
  patience: () => delay(LIMITS.laggardPatienceMs, undefined, { ref: false }),
};
