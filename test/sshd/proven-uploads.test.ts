/** Uploads that are proven by whatever a node has, once more in place, or of which a part is left out; on real nodes. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Farm } from '../farm/farm.ts';
import type { FarmNode } from '../farm/node.ts';
import {
  expectExit,
  expectNothingLeft,
  leftovers,
  listings,
  replaceProgram,
  run,
  startScene,
} from './scene.ts';

let farm: Farm;
let withPerl: FarmNode;
let withCksum: FarmNode;

/** The second node has python alone, the third nothing that tells a sha256. */
const AWAY = ['perl', 'perl python3 openssl sha256sum shasum busybox'];

beforeAll(async () => {
  farm = await startScene(3);
  const [first, ...others] = farm.nodes as [FarmNode, FarmNode, FarmNode];
  for (const [at, node] of others.entries()) {
    const { code, stderr } = await node.run(
      `for name in ${AWAY[at]}; do if file=$(command -v $name); then rm "$file"; fi; done`,
    );
    expect(code, stderr).toBe(0);
  }
  [withPerl, withCksum] = [first, others[1] as FarmNode];
  mkdirSync(join(farm.home, 'app/new/sub'), { recursive: true });
  for (const name of ['a', 'b.log', 'new/c', 'new/d.log', 'new/sub/e'])
    writeFileSync(join(farm.home, 'app', name), `new ${name}\n`);
  for (const node of farm.nodes)
    await node.run('mkdir -p /srv/app; cd /srv/app; echo old | tee a b.log >kept; touch -d @1.5 * . ..');
});
afterAll(() => farm?.stop());

const upload = (...options: string[]) =>
  run(farm, ['-r', '/srv', '-e', ...options, '-U', 'app'], { cwd: farm.home });

/** Nothing has changed on any node, and nothing is left. */
async function expectAsBefore(before: readonly string[]): Promise<void> {
  expect(await listings(farm.nodes, '/srv')).toEqual(before);
  await expectNothingLeft(farm.nodes);
}

test('F4: a byte that root flips in the stage of a node that has nothing but cksum is seen before any node has changed', async () => {
  const before = await listings(farm.nodes, '/srv');
  const tar =
    '#!/bin/sh\n/usr/bin/tar.real "$@" && printf X | dd of=tree/app/new/sub/e seek=2 bs=1 conv=notrunc 2>/dev/null\n';
  const giveBack = await replaceProgram(withCksum, '/usr/bin/tar', tar);
  const ran = await expectExit(upload(), 4);
  await giveBack();
  expect(ran.stderr).toMatch(/app\/new\/sub\/e: its bytes are not those that were sent: cksum \d+ for \d+/);
  expect(ran.stderr).toContain(withCksum.host);
  await expectAsBefore(before);
});

test('F4: what is flipped while it is put in place is seen with --paranoid, and taken back on that node', async () => {
  const before = await listings(farm.nodes, '/srv');
  // As the last name has its place; what writes to the disk itself leaves the time.
  const flip =
    'cd /srv/app/new; cp -p c copy; printf X | dd of=c bs=1 conv=notrunc 2>/dev/null; touch -r copy c; rm copy';
  const perl = `#!/bin/sh
[ "$3" = switch ] || exec /usr/bin/perl.real "$@"
sed 's#^sub prove {#sub prove { system "sh", "-c", q(touch -r /srv/app/new /run/t; ${flip}; touch -r /run/t .);#' executor.pl >/run/executor.pl
exec /usr/bin/perl.real -C0 /run/executor.pl switch
`;
  const giveBack = await replaceProgram(withPerl, '/usr/bin/perl', perl);
  const ran = run(farm, ['-r', '/srv', '-e', '--paranoid', '-U', 'app'], {
    cwd: farm.home,
    nodes: [withPerl],
  });
  await expectExit(ran, 4);
  await giveBack();
  expect(ran.stderr).toMatch(/app\/new\/c: its bytes are not those that were sent: sha256 \w{64} for \w{64}/);
  await expectAsBefore(before);
});

test('F4, F8: --exclude with --paranoid brings all but what it names, and proves it by what each node has; cksum is told', async () => {
  const ran = await expectExit(upload('--paranoid', '--exclude', '*.log', '--exclude', '/app/new/sub'), 0);
  expect(ran.stderr).toContain(
    `checked by cksum, since no program there makes a sha256: [root@${withCksum.host}:22]\n`,
  );
  const look = 'cd /srv/app; find . | sort; cat a b.log kept new/c';
  const names = ['.', './a', './b.log', './kept', './new', './new/c'];
  for (const node of farm.nodes) {
    const { stdout } = await node.run(look);
    expect(stdout, node.name).toBe(`${names.join('\n')}\nnew a\nold\nold\nnew new/c\n`);
    expect(await leftovers(node)).toBe('');
  }
});
