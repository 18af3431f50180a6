/** The row about a node that is much slower than the others: how long do these wait? */
import { rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { differences, type Field, type Payload, type Site, wipe } from '../field.ts';
import { customPeers, floorPush, lockstepUpload, tarOverSsh } from '../tools.ts';
import type { Contender, Row } from '../work.ts';
import { EXTRACTED_PATH, wrapTar } from './node-programs.ts';
import { upTo } from './sizes.ts';

/** More than lockstep keeps in memory. On two idle cores 19 nodes get it in a second and a half, so that the slow one is 20 times slower. */
const MIB = 40;
const SLOW_SECONDS = 30;

export const slowNode: Row = {
  id: 'h',
  title: 'one node is twenty times slower',
  sizes: upTo([20]),
  async cases(field, nodes) {
    // The slow node is the last one, so that the first ones are the site without it.
    const all = field.site(nodes);
    const others = field.site(nodes - 1);
    const slow = all.nodes.at(-1);
    if (slow === undefined || nodes < 2) return [];
    const mib = Math.max(1, Math.round(MIB * field.options.scale));
    const payload = await field.payload(mib);
    const restores: (() => Promise<void>)[] = [];
    const seconds = SLOW_SECONDS * field.options.scale;
    return [
      {
        row: 'h',
        title: `${mib} MiB to ${nodes} nodes, of which one reads no faster than in ${seconds} s`,
        nodes,
        baseline: 'lockstep, without it',
        contenders: [
          ...pushers(field, all, payload, ', one slow'),
          ...pushers(field, others, payload, ', without it'),
        ].map(({ name, command, site }) => contender({ name, command, site, others, payload })),
        bars: [
          { contender: 'lockstep, one slow', quantity: 'othersMs', most: 1.2, of: 'lockstep, without it' },
        ],
        setUp: async () => {
          for (const node of others.nodes) restores.push(await wrapTar(node, undefined));
          restores.push(await wrapTar(slow, (mib * 1024 * 1024) / seconds));
        },
        tearDown: async () => {
          for (const restore of restores.splice(0)) await restore();
          await wipe(all);
        },
      },
    ];
  },
};

interface Pusher {
  readonly name: string;
  readonly command: string;
  readonly site: Site;
}

function pushers(field: Field, site: Site, payload: Payload, which: string): Pusher[] {
  return [
    { name: 'lockstep', command: lockstepUpload(field, site, payload) },
    { name: 'floor-push', command: floorPush(field, site, payload) },
    { name: 'tar | ssh', command: tarOverSsh(field, site, payload) },
    ...customPeers(field, { site, payload }),
  ].map(({ name, command }) => ({ name: name + which, command, site }));
}

interface Contest extends Pusher {
  readonly others: Site;
  readonly payload: Payload;
}

function contender({ name, command, site, others, payload }: Contest): Contender {
  const marks = others.nodes.map(({ directory }) => join(directory, EXTRACTED_PATH));
  return {
    name,
    command,
    output: 'file',
    prepare: async () => {
      await wipe(site);
      for (const mark of marks) rmSync(mark, { force: true });
    },
    check: () => differences(site, payload),
    othersDoneAtMs: () => Math.max(...marks.map((mark) => statSync(mark).mtimeMs)),
  };
}
