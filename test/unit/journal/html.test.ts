/** The page of `lockstep report RUN --html FILE`. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { historyOf, parseEvents } from '../../../src/journal/history.ts';
import { reportPage } from '../../../src/journal/tell/html.ts';
import { often } from '../../often.ts';
import { headOf, linesOf, nodeNamed } from './pasts.ts';

/** All that may have come from somebody else, each as it is given here. */
interface Words {
  readonly hosts: readonly [string, string, string];
  readonly command: string;
  readonly reason: string;
  readonly slot: string;
}

const PLAIN: Words = { hosts: ['web1', 'web2', 'db'], command: '-C uptime', reason: 'gone', slot: '$web' };

function pageOf({ hosts, command, reason, slot }: Words): string {
  const nodes = hosts.map((host, at) => nodeNamed(`h${at}`, host));
  const [one, two, three] = nodes.map(({ id }) => id);
  const events = linesOf([
    [0, { type: 'begun', who: reason }],
    [0, { type: 'phase', phase: 'connect', nodes: 3 }],
    ...[one, two, three].map((node) => [100, { type: 'node-done', phase: 'connect', node }] as const),
    [200, { type: 'phase', phase: 'exec', nodes: 3 }],
    [
      200,
      {
        type: 'rollout',
        threads: [{ name: slot, slots: [{ name: slot, nodes: [one, two] }] }],
        free: { nodes: [three] },
      },
    ],
    [210, { type: 'node-begun', phase: 'exec', node: one }],
    [900, { type: 'node-failed', phase: 'exec', node: one }],
    [900, { type: 'outcome', node: one, kind: 'lost', reason }],
    [950, { type: 'node-done', phase: command, node: three }],
    [
      1000,
      {
        type: 'finished',
        exitCode: 1,
        failure: { message: reason },
        outcomes: [
          { node: one, kind: 'lost', reason },
          { node: two, kind: 'skipped', reason },
          { node: three, kind: 'ok' },
        ],
      },
    ],
  ]);
  const head = headOf(nodes, { command, who: reason, directory: reason, repeats: reason });
  return reportPage(historyOf(head, parseEvents(events), false));
}

const markup = (page: string) => page.match(/<[^>]*>/g);

test('the page has how the nodes ended, the slots, and when each node did what', () => {
  const page = pageOf(PLAIN);
  expect(page).toContain('<pre>-C uptime</pre>');
  expect(page).toContain('<tr class="bad"><td>lost: gone</td><td>1</td><td>web1</td></tr>');
  expect(page).toContain('<tr><td>$web</td><td>$web</td><td>2</td><td>0</td><td>1</td><td>1</td></tr>');
  expect(page).toContain('<tr><td></td><td>in no order</td><td>1</td><td>1</td><td>0</td><td>0</td></tr>');
  expect(page).toContain('<i class="exec" title="runs the command" style="left:21%;width:69%"></i>');
});

test('J5: the page needs nothing from elsewhere, and lets nothing in', () => {
  const page = pageOf(PLAIN);
  expect(page).toContain(`content="default-src 'none'; style-src 'unsafe-inline'"`);
  expect(page).not.toMatch(/<script|<link|<img|<iframe|\bsrc=|\bhref=|url\(|@import|https?:/i);
});

test('J5, S9: names, commands and reasons are text on the page, whatever is in them, and nothing invisible stays in it', () => {
  const wanted = markup(pageOf(PLAIN));
  const hostile = fc
    .array(
      fc.constantFrom(
        '<script>',
        '</pre>',
        '"',
        "'",
        '&',
        '&#x3c;',
        '-->',
        '<!--',
        '\u001b[2J',
        '\u202e',
        '\0',
        'é',
      ),
      { minLength: 1, maxLength: 6 },
    )
    .map((parts) => parts.join(''));
  const words = fc
    .record({ names: hostile, command: hostile, reason: hostile, slot: hostile })
    .map(({ names, ...rest }) => ({ ...rest, hosts: [`${names}1`, `${names}2`, `${names}x`] as const }));
  fc.assert(
    fc.property(words, (those) => {
      const page = pageOf(those);
      expect(markup(page)).toEqual(wanted);
      expect(page).not.toMatch(/(?!\n)[\p{Cc}\p{Bidi_Control}]/u);
      expect(page.replaceAll(/&#\d+;/g, '')).not.toContain('&');
    }),
    { numRuns: often(100) },
  );
});
