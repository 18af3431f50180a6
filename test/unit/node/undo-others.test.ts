// @module-tag slow: left out of npm run test:quick
/** What others do with files that are in place, before these are taken back. */
import {
  appendFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  utimesSync,
} from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { COMMIT_TEXT } from '../../../src/node/texts.ts';
import { stageOf } from './relocation-node.ts';
import { NODES, put, relocationsOn } from './relocations.ts';

/** Ends, as by a kill, when all is in place and the run has not decided yet. */
const KILLED = COMMIT_TEXT.replace('set_state new', 'kill -9 0');

describe.each(NODES)('an upload that is taken back on a node with $tools under $shell', (kind) => {
  const { nodeWith, read } = relocationsOn(kind);
  const inPlace = () => {
    const node = nodeWith(['app/a', "app/it's", 'app/new/x'], ['app/old']);
    for (const name of ["it's", 'new']) utimesSync(join(node.source, 'app', name), 1e9, 1e9);
    node.commit(stageOf(node.receive(node.archive(['app']))), KILLED);
    expect(readdirSync(join(node.destination, 'app')).sort()).toEqual(['a', "it's", 'new', 'old']);
    return { node, app: join(node.destination, 'app') };
  };

  it('F14: leaves what is another file by now, and says so', () => {
    const { node, app } = inPlace();
    put(app, 'theirs', 'theirs');
    put(app, 'their directory/theirs', 'theirs');
    renameSync(join(app, 'new'), join(node.top, 'elsewhere'));
    renameSync(join(app, 'theirs'), join(app, "it's"));
    renameSync(join(app, 'their directory'), join(app, 'new'));
    const ended = node.recover();
    expect([ended.code, node.record()?.state]).toEqual([0, 'old']);
    expect(readdirSync(app).sort()).toEqual(["it's", 'new', 'old']);
    expect([read(node, "app/it's"), read(node, 'app/new/theirs')]).toEqual(['theirs', 'theirs']);
    for (const name of ["it's", 'new'])
      expect(ended.stderr).toContain(`lockstep: ${app}/${name} is somebody else's by now, and stays\n`);
  });

  it('F14: takes away what is the same file, though somebody has written to it', () => {
    const { node, app } = inPlace();
    appendFileSync(join(app, "it's"), 'more');
    mkdirSync(join(app, 'new/more'));
    expect(node.recover()).toMatchObject({ code: 0, stderr: '' });
    expect(readdirSync(app)).toEqual(['old']);
    expect([existsSync(join(app, 'new')), readFileSync(join(app, 'old'), 'utf8')]).toEqual([
      false,
      'old app/old',
    ]);
  });
});
