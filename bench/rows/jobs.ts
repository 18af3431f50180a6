/** What a job file saves: jobs of one command each, under one lock and on one connection a node. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Field } from '../field.ts';
import { lockstep } from '../tools.ts';
import type { Row } from '../work.ts';
import { allAnswer } from './commands.ts';
import { upTo } from './sizes.ts';

const NAMES = ['one', 'two', 'three', 'four', 'five'];

export const jobs: Row = {
  id: 'm',
  title: 'five jobs',
  sizes: upTo([200]),
  cases(field, nodes) {
    const site = field.site(nodes);
    const inJobs = lockstep(field, site, [], 'lockstep', ['job', '-f', fileOf(field), ...NAMES]);
    const alone = lockstep(field, site, ['-C', 'uptime']);
    const check = allAnswer(NAMES.length * nodes);
    return [
      {
        row: 'm',
        title: `five jobs on ${nodes} sites`,
        nodes,
        baseline: 'five full runs',
        contenders: [
          { name: 'jobs', command: inJobs, output: 'file', check },
          { name: 'five full runs', command: NAMES.map(() => alone).join(' && '), output: 'file', check },
        ],
        bars: [{ contender: 'jobs', quantity: 'wallMs', most: 0.3, of: 'five full runs' }],
      },
    ];
  },
};

/** All sites go through the jobs at their own pace. */
function fileOf({ directory }: Field): string {
  const path = join(directory, 'lockstep.jobs.mjs');
  const lines = NAMES.map((name) => `  jobs.add('${name}', all, ({ shell }) => shell.run('uptime'));`);
  writeFileSync(
    path,
    `export default ({ sites, jobs }) => {\n  const all = sites.names();\n${lines.join('\n')}\n};\n`,
  );
  return path;
}
