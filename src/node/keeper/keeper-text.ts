/** The text of the keeper, put together; its own part comes last, since it starts at its end. */

import giveBack from '../shared/give-back.sh';
import ownSession from '../shared/own-session.sh';
import processes from '../shared/processes.sh';
import remove from '../shared/remove.sh';
import { compact } from '../text.ts';
import keeper from './keeper.sh';
import lock from './keeper-lock.sh';
import look from './keeper-look.sh';
import remains from './keeper-remains.sh';
import workers from './keeper-workers.sh';

export const KEEPER_TEXT = compact(
  [processes, giveBack, ownSession, look, lock, workers, remove, remains, keeper].join('\n'),
);
