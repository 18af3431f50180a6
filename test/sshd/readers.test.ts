// @module-tag slow
/** F2: who reads while files are replaced sees each old or new. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Farm } from '../farm/farm.ts';
import type { FarmNode } from '../farm/node.ts';
import { until } from '../farm/process.ts';
import { often } from '../often.ts';
import { expectExit, run, startScene } from './scene.ts';

const SYNCS = often(4, 200);

/** Each is a version's number on so many lines. */
const FILES = [
  ['app/first', 1],
  ['app/conf/large', 20_000],
  ['app/conf/deep/er/small', 3],
  ...Array.from({ length: 12 }, (_, at) => [`app/many/${at}`, 50 * at + 1] as const),
] as const;

/**
 * Reads all files again and again, until it is told to stop; each must be whole, of one version, and no older than it was before.
 * Says how many it has read, and what was wrong. It runs on the node, as a program of which the node's own is a copy.
 */
const READER = `
import os, sys, time
files = {name: int(lines) for name, lines in (line.rsplit(' ', 1) for line in sys.argv[1].splitlines())}
versions, reads, wrong = dict.fromkeys(files, 0), 0, set()
def look(name):
    try:
        with open('/srv/' + name) as file: text = file.read()
    except OSError as error:
        return wrong.add('%s: %s' % (name, error.strerror))
    version = text.partition('\\n')[0]
    if text != (version + '\\n') * files[name]: return wrong.add('%s is partial: %d bytes' % (name, len(text)))
    if int(version) < versions[name]: wrong.add('%s is older again' % name)
    versions[name] = int(version)
while not os.path.exists('/run/stop'):
    for name in files:
        look(name)
        reads += 1
    time.sleep(0.003)
print(reads, min(versions.values()), *sorted(wrong), sep='\\n')
`;

let farm: Farm;

/** With perl; with python alone; with neither. */
const TAKEN_AWAY = ['true', 'rm /usr/bin/perl', 'rm /usr/bin/perl /usr/bin/python3'];

beforeAll(async () => {
  farm = await startScene(TAKEN_AWAY.length);
  for (const [at, node] of farm.nodes.entries())
    await node.run(`cp -L /usr/bin/python3 /usr/bin/reader; ${TAKEN_AWAY[at]}`);
});
afterAll(() => farm?.stop());

function writeVersion(version: number): void {
  for (const [name, lines] of FILES) {
    mkdirSync(join(farm.home, dirname(name)), { recursive: true });
    writeFileSync(join(farm.home, name), `${version}\n`.repeat(lines));
  }
}

async function sync(version: number): Promise<void> {
  writeVersion(version);
  await expectExit(run(farm, ['-r', '/srv', '-e', '-U', 'app'], { cwd: farm.home }), 0);
}

async function startReader(node: FarmNode): Promise<{ stop: () => Promise<string[]> }> {
  const list = FILES.map(([name, lines]) => `${name} ${lines}`).join('\n');
  await node.run(`cat >/run/reader.py <<'end'\n${READER}\nend`);
  await node.run(`{ reader /run/reader.py '${list}'; : >/run/ended; } >/run/said 2>&1 </dev/null &`);
  const stop = async () => {
    const isOver = async () => (await node.run(': >/run/stop; test -e /run/ended')).code === 0;
    await until('it has stopped to read', isOver);
    return (await node.run('cat /run/said')).stdout.trimEnd().split('\n');
  };
  return { stop };
}

test(`F2: in ${SYNCS} syncs a program on each node that reads in a loop finds every file, whole, old or new`, async () => {
  await sync(1);
  const readers = await Promise.all(farm.nodes.map(startReader));
  for (let version = 2; version <= SYNCS + 1; version++) await sync(version);
  for (const [at, reader] of readers.entries()) {
    const [reads, version, ...wrong] = await reader.stop();
    const name = farm.nodes[at]?.name;
    expect([name, version, ...wrong]).toEqual([name, `${SYNCS + 1}`]);
    expect(Number(reads)).toBeGreaterThan(SYNCS * FILES.length);
  }
}, 3_600_000);
