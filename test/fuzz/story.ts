/** A seed as a story: what was sent, how, what the nodes were like, and how the run ended. */
import { CWD } from './generate-invocation.ts';
import type { Verdict } from './run-seed.ts';
import type { Specs } from './tree.ts';

export function tellStory({ seed, specs, invocation, sites, end }: Verdict): void {
  console.log(
    `seed ${seed}: as ${invocation.account}, in ${CWD}: lockstep ${invocation.argv.map(word).join(' ')}`,
  );
  console.log('sent from:');
  tellSpecs(specs);
  for (const { bed, state, prediction } of sites) {
    console.log(`the ${bed.node.kind} node before${state.notes.map((note) => `; ${note}`).join('')}:`);
    tellSpecs(state.specs);
    for (const mount of state.mounts) console.log(`  mounted: ${JSON.stringify(mount)}`);
    for (const flag of state.flags) console.log(`  attribute: ${JSON.stringify(flag)}`);
    const { umask, environment } = state.login;
    console.log(`  its login sets umask ${umask.toString(8)} ${JSON.stringify(environment)}`);
    const must = prediction?.after === undefined ? 'it must be refused' : 'it must be new';
    console.log(`  ${must}${(prediction?.reasons ?? []).map((reason) => `; ${reason}`).join('')}`);
  }
  console.log(`exit code ${end.code}; it told:`);
  console.log(
    end.text
      .split('\n')
      .map((line) => `  ${shortened(line)}`)
      .join('\n')
      .slice(0, 6_000),
  );
}

function tellSpecs(specs: Specs): void {
  for (const [path, { type, mode, uid, gid, time, body, linkTo }] of specs) {
    const what = linkTo === undefined ? type : `link to ${word(linkTo)}`;
    const shown = type === 'directory' ? '' : ` ${word(body.slice(0, 60))}`;
    console.log(`  ${word(path)} ${what} ${mode.toString(8)} ${uid}:${gid} ${time ?? 'now'}${shown}`);
  }
}

function word(text: string): string {
  const shown = shortened(text);
  return /^[\w./:@=~-]+$/.test(shown) ? shown : JSON.stringify(shown);
}

function shortened(text: string): string {
  return text.length > 300 ? `${text.slice(0, 140)}…${text.slice(-140)}` : text;
}
