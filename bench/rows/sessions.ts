/** Row b: what a session saves. */
import { join } from 'node:path';
import { quote } from '../../src/node/quote.ts';
import type { Field, Site } from '../field.ts';
import { lockstep } from '../tools.ts';
import type { Case, Row } from '../work.ts';
import { upTo } from './sizes.ts';

const tenTimes = (command: string) => `for i in 0 1 2 3 4 5 6 7 8 9; do ${command} || exit; done`;

export const sessions: Row = {
  id: 'b',
  title: 'ten commands in a session',
  sizes: upTo([200]),
  cases(field, nodes) {
    const site = field.site(nodes);
    return [tenCommands(field, site)];
  },
};

function tenCommands(field: Field, site: Site): Case {
  const nodes = site.nodes.length;
  const joined = `node ${programOf(field)} -C uptime`;
  const alone = lockstep(field, site, ['-C', 'uptime']);
  const session = `${lockstep(field, site, ['-L', '--', 'sh', '-c'])} ${quote(tenTimes(joined))}`;
  const check = (stdout: string) => {
    const answers = stdout.split('load average').length - 1;
    return answers === 10 * nodes ? undefined : `${answers} of ${10 * nodes} answers came`;
  };
  return {
    row: 'b',
    title: `ten commands on ${nodes} nodes`,
    nodes,
    baseline: 'ten full runs',
    contenders: [
      { name: 'session', command: session, output: 'file', check },
      { name: 'ten full runs', command: tenTimes(alone), output: 'file', check },
    ],
    bars: [{ contender: 'session', quantity: 'wallMs', most: 0.25, of: 'ten full runs' }],
  };
}

function programOf({ directory }: Field): string {
  return join(directory, 'lockstep/bin/lockstep.js');
}
