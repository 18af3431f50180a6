/** What an operator waits for whose nodes are far away: a command and a small upload, with a delay each way. */
import { appendFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { quote } from '../../src/node/quote.ts';
import { delayingProxy } from '../../test/farm/delaying-proxy.ts';
import { DESTINATION, type Field, type Site } from '../field.ts';
import { customPeers, lockstep, lockstepUpload } from '../tools.ts';
import type { Case, Row } from '../work.ts';
import { allAnswer } from './commands.ts';
import { barsAgainstOrgalorg } from './orgalorg.ts';
import { upTo } from './sizes.ts';
import { uploadTo } from './uploads.ts';

/** Of each way. */
const DELAY_MS = 25;

/** So little that no window and no bandwidth matters: 1 KiB. */
const FILE_MIB = 1 / 1024;

const YARDSTICK = 'ssh, one node';

export const delay: Row = {
  id: 'n',
  title: `a delay of ${DELAY_MS} ms each way`,
  sizes: upTo([10]),
  async cases(field, nodes) {
    const site = await farAway(field, nodes);
    return [uptimeFrom(field, site), await uploadOf(field, site)];
  },
};

/** What both cases have: round trips are what the delay makes of the time, the work of a busy machine included. */
const shared = { row: 'n', baseline: YARDSTICK, roundTripMs: 2 * DELAY_MS };

function uptimeFrom(field: Field, site: Site & Doors): Case {
  const nodes = site.nodes.length;
  const command = 'uptime';
  const peers = customPeers(field, { site, command });
  return {
    ...shared,
    title: `uptime on ${nodes} nodes, ${DELAY_MS} ms away`,
    nodes,
    contenders: [
      { name: 'lockstep', command: lockstep(field, site, ['-C', command]) },
      { name: 'lockstep -y', command: lockstep(field, site, ['-y', '-C', command]) },
      ...peers,
    ]
      .map((one) => ({ ...one, output: 'file' as const, check: allAnswer(nodes) }))
      .concat({ name: YARDSTICK, command: ssh(field, site, command), output: 'file', check: allAnswer(1) }),
    bars: barsAgainstOrgalorg(peers, { withLock: 1, withoutLock: 1.1 }),
  };
}

async function uploadOf(field: Field, site: Site & Doors): Promise<Case> {
  const payload = await field.payload(FILE_MIB);
  const one: Site = { ...site, nodes: site.nodes.slice(0, 1) };
  const write = `${ssh(field, site, `cat >${DESTINATION}/payload`)} <${payload.directory}/payload`;
  return {
    ...shared,
    title: `a file of ${FILE_MIB * 1024} KiB to ${site.nodes.length} nodes, ${DELAY_MS} ms away`,
    nodes: site.nodes.length,
    contenders: [
      ...[
        { name: 'lockstep -U', command: lockstepUpload(field, site, payload) },
        ...customPeers(field, { site, payload }),
      ].map(uploadTo(site, payload)),
      uploadTo(one, payload)({ name: YARDSTICK, command: write }),
    ],
    bars: [],
  };
}

interface Doors {
  /** `HOST:PORT` for each node, in their order. */
  readonly doors: readonly string[];
}

/** The nodes by the doors through which each byte takes its time; who lives behind each is known like the nodes themselves. */
async function farAway(field: Field, count: number): Promise<Site & Doors> {
  const { nodes } = field.site(count);
  const { doors } = await delayingProxy(field.farm, nodes, DELAY_MS);
  const hostsPath = join(field.directory, `hosts-far-${count}`);
  writeFileSync(hostsPath, `${doors.join('\n')}\n`);
  const lines = doors.map((door, at) => `${door.replace(/(.*):/, '[$1]:')} ${nodes[at]?.hostKey}\n`);
  appendFileSync(field.knownHostsPath, lines.join(''));
  return { nodes, hostsPath, doors };
}

/** To the first node. */
function ssh({ sshConfigPath }: Field, { doors }: Doors, command: string): string {
  return `ssh -F ${sshConfigPath} ssh://${doors[0]} ${quote(command)}`;
}
