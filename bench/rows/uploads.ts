/** Rows whose work is to bring files to nodes. */
import { appendFileSync, readdirSync } from 'node:fs';
import { availableMemory } from 'node:process';
import { captureOrThrow } from '../../test/farm/process.ts';
import { differences, type Payload, type Site, wipe } from '../field.ts';
import { available } from '../peers.ts';
import { catOverSsh, customPeers, floorPush, lockstepUpload, rsync, tarOverSsh } from '../tools.ts';
import type { Bar, Case, Contender, Row } from '../work.ts';
import { provideRsync } from './node-programs.ts';
import { upTo } from './sizes.ts';

export const smallFiles: Row = {
  id: 'c',
  title: 'many small files',
  sizes: upTo([20]),
  async cases(field, nodes) {
    const site = field.site(nodes);
    const payload = await field.payload('tree');
    const hasRsync = available(['rsync']).length > 0;
    const contenders = [
      { name: 'lockstep', command: lockstepUpload(field, site, payload) },
      { name: 'tar | ssh', command: tarOverSsh(field, site, payload) },
      ...(hasRsync ? [{ name: 'rsync', command: rsync(field, site, payload) }] : []),
      { name: 'floor-push', command: floorPush(field, site, payload) },
      ...customPeers(field, { site, payload }),
    ];
    const unproven = {
      name: 'lockstep, nothing proven',
      command: lockstepUpload(field, site, payload, 'unproven'),
    };
    const files = Math.ceil(5000 * field.options.scale);
    const setUp = async () => {
      if (hasRsync) for (const node of site.nodes) await provideRsync(node);
    };
    const cold = { row: 'c', nodes, baseline: 'tar | ssh', setUp };
    // The others bring all anew.
    const differing = contenders.filter(({ name }) => ['lockstep', 'rsync'].includes(name));
    const again = (what: string, prepare?: () => void): Case => ({
      ...cold,
      title: `${files} small files to ${nodes} nodes, ${what}`,
      baseline: hasRsync ? 'rsync' : 'lockstep',
      setUp: async () => {
        await setUp();
        await fill(site, payload);
      },
      contenders: differing.map((contender) => ({
        ...contender,
        output: 'file',
        check: () => differences(site, payload),
        ...(prepare === undefined ? {} : { prepare: async () => prepare() }),
      })),
      bars: hasRsync ? [{ contender: 'lockstep', quantity: 'wallMs', most: 0.8, of: 'rsync' }] : [],
    });
    return [
      {
        ...cold,
        title: `${files} small files to ${nodes} nodes, cold`,
        contenders: [...contenders, unproven].map(uploadTo(site, payload)),
        bars: [
          { contender: 'lockstep', quantity: 'wallMs', most: 0.9, of: 'tar | ssh' },
          // So the proof is at most 15 % of it.
          { contender: 'lockstep', quantity: 'wallMs', most: 1.18, of: unproven.name },
        ],
      },
      again('unchanged'),
      again('one changed', () => spoil(site)),
    ];
  },
};

export const largeFile: Row = {
  id: 'd',
  title: 'one large file',
  sizes: upTo([1, 4, 16]),
  async cases(field, nodes): Promise<Case[]> {
    const site = field.site(nodes);
    const mib = Math.max(1, Math.round(512 * field.options.scale));
    const title = `one file of ${mib} MiB to ${nodes} ${nodes === 1 ? 'node' : 'nodes'}`;
    const payload = await field.payload(mib);
    const bars: Readonly<Record<number, number>> = { 1: 1.3, 16: 1.25 };
    const most = bars[nodes];
    const bar: Bar[] =
      most === undefined ? [] : [{ contender: 'lockstep', quantity: 'wallMs', most, of: 'floor-push' }];
    const contenders = [
      { name: 'lockstep', command: lockstepUpload(field, site, payload) },
      { name: 'floor-push', command: floorPush(field, site, payload) },
      ...(nodes === 1 ? [{ name: 'ssh cat', command: catOverSsh(field, site, payload) }] : []),
      ...customPeers(field, { site, payload }),
    ];
    // The nodes' disks are in memory.
    const isRoom = availableMemory() > mib * 1024 * 1024 * (nodes + 2);
    return [
      {
        row: 'd',
        title,
        nodes,
        baseline: 'floor-push',
        contenders: isRoom ? contenders.map(uploadTo(site, payload)) : [],
        bars: bar,
        notes: isRoom ? [] : ['not run: the machine has too little free memory for the nodes’ disks'],
        tearDown: () => wipe(site),
      },
    ];
  },
};

/** Finds empty nodes, and counts when all of them hold the payload. */
export function uploadTo(site: Site, payload: Payload) {
  return ({ name, command }: Pick<Contender, 'name' | 'command'>): Contender => ({
    name,
    command,
    output: 'file',
    prepare: () => wipe(site),
    check: () => differences(site, payload),
  });
}

/** As an upload of it leaves them, times to the nanosecond. */
async function fill(site: Site, { directory: source }: Payload): Promise<void> {
  await wipe(site);
  for (const { directory } of site.nodes)
    await captureOrThrow('cp', ['-a', `${source}/payload`, `${directory}/srv/app/`]);
}

/** One file of each node, the same on all, is longer than here. */
function spoil(site: Site): void {
  for (const { directory } of site.nodes) {
    const top = `${directory}/srv/app/payload`;
    const file = readdirSync(top, { withFileTypes: true }).find((one) => one.isFile());
    if (file === undefined) throw new Error('a payload without a file at its top');
    appendFileSync(`${top}/${file.name}`, 'more');
  }
}
