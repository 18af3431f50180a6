/** Nodes that are named by a range of aliases, over a long ssh_config, against the same nodes by address. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { quoteAll } from '../../src/node/quote.ts';
import type { Field, Site } from '../field.ts';
import { lockstep } from '../tools.ts';
import type { Row } from '../work.ts';

const LINES = 300;

export const names: Row = {
  id: 'j',
  title: 'a range of aliases',
  sizes: (asked) => asked,
  cases(field, nodes) {
    const site = field.site(nodes);
    const [config, words] = [writeConfig(field, site), ['-y', '-C', 'true']];
    const program = join(field.directory, 'lockstep/bin/lockstep.js');
    const ranges = aliases(site).flatMap((range) => ['-o', range]);
    return [
      {
        row: 'j',
        title: `${nodes} nodes by a range of aliases over ${LINES} lines of ssh_config`,
        nodes,
        baseline: 'by address',
        contenders: [
          {
            name: 'by alias',
            command: `node ${quoteAll([program, '-F', config, ...ranges, ...words])}`,
            output: 'file',
          },
          { name: 'by address', command: lockstep(field, site, ['-F', 'none', ...words]), output: 'file' },
        ],
        bars: [
          { contender: 'by alias', quantity: 'wallMs', most: 1.05, of: 'by address' },
          { contender: 'by alias', quantity: 'cpuMs', most: 1.05, of: 'by address' },
        ],
      },
    ];
  },
};

/** What an address ends with is the alias of its node, since a HostName can put nothing but its alias into an address. */
function aliases({ nodes }: Site): string[] {
  const numbers = new Map<string, string[]>();
  for (const { host } of nodes) {
    const [, , third = '', last = ''] = host.split('.');
    numbers.set(third, [...(numbers.get(third) ?? []), last]);
  }
  return [...numbers].map(([third, lasts]) => `${third}.[${lasts.join()}]`);
}

/** As people have them: many blocks of other machines, with patterns, before the one that is meant. */
function writeConfig({ directory, farm, knownHostsPath }: Field, { nodes }: Site): string {
  const own = [
    'Host 0.* 1.* 2.* 3.* 4.* 5.* 6.* 7.*',
    `  HostName ${nodes[0]?.host.split('.', 2).join('.')}.%h`,
    '  User root',
    `  IdentityFile ${farm.keyPath}`,
    '  IdentitiesOnly yes',
    '  StrictHostKeyChecking yes',
    `  UserKnownHostsFile ${knownHostsPath}`,
  ];
  const others = Array.from({ length: Math.floor((LINES - own.length) / 3) }, (_, at) => [
    `Host other${at}-* *.site${at}.example !*.lab.example`,
    '  User nobody',
    `  Port ${2000 + at}`,
  ]);
  const path = join(directory, 'aliases');
  writeFileSync(path, `${[...others.flat(), ...own].join('\n')}\n`, { mode: 0o600 });
  return path;
}
