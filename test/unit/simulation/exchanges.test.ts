// @module-tag slow: left out of npm run test:quick
import { describe, expect, test } from 'vitest';
import { KEEPER_TEXT } from '../../../src/node/texts.ts';
import { BUGS } from '../../simulation/bugs.ts';
import { EXCHANGES } from '../../simulation/exchanges.ts';
import { play } from '../../simulation/play.ts';
import { RealPlayer } from '../../simulation/play-real.ts';
import { SimulatedPlayer } from '../../simulation/play-simulated.ts';
import { SHELLS } from '../node/shells.ts';

const TABLE = EXCHANGES.map((exchange) => [exchange.title, exchange] as const);

describe('the table of exchanges on the simulated node', () => {
  test.each(TABLE)('%s', async (_title, exchange) => {
    await play(exchange, new SimulatedPlayer());
  });
});

describe.each(SHELLS)('the table of exchanges under %s', (_name, shell) => {
  test.concurrent.each(TABLE)('%s', async (_title, exchange) => {
    const player = new RealPlayer(shell);
    try {
      await play(exchange, player);
    } finally {
      player.clear();
    }
  });
});

/** Each bug once in the text and once in the model, the exchange that finds both, and what it says. */
const PLANTED = [
  {
    bug: 'release-before-killing',
    from: 'name_self ending\n',
    to: 'exec 8<&- 9<&-\n',
    foundBy: /^L4, L6: after silence/,
    saying: 'the work, when the lock came free, "at work"',
  },
  {
    bug: 'hold-and-wait',
    from: 'flock -n "$1" "$2"',
    to: 'flock "$1" "$2"',
    foundBy: /^a second run is refused at once/,
    saying: 'never: two ends',
  },
  {
    bug: 'leash-never-expires',
    from: '"$nap" "$lease" &',
    to: '"$nap" 3000 &',
    foundBy: /^L4, L6: after silence/,
    saying: 'never: one says RELEASED',
  },
] as const;

describe.each(PLANTED)('the planted bug $bug', ({ bug, from, to, foundBy, saying }) => {
  const exchange = EXCHANGES.find(({ title }) => foundBy.test(title));
  if (exchange === undefined) throw new Error(`no exchange for ${bug}`);
  const keeperText = KEEPER_TEXT.replace(from, () => to);

  test('is still where it was planted', () => {
    expect(keeperText).not.toBe(KEEPER_TEXT);
  });

  test('is found on the simulated node', async () => {
    await expect(play(exchange, new SimulatedPlayer(BUGS[bug]))).rejects.toThrow(saying);
  });

  test.concurrent.each(SHELLS)('is found in the text under %s', async (_name, shell) => {
    const player = new RealPlayer(shell, { keeperText, patienceMs: 15_000 });
    try {
      await expect(play(exchange, player)).rejects.toThrow(saying);
    } finally {
      player.clear();
    }
  });
});
