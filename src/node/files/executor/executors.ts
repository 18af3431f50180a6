/** The programs that carry plans out, each put together from its parts: what an upload brings along, and a node runs. */
import { compact } from '../../text.ts';
import perlFit from './perl/fit.pl';
import perlLook from './perl/look.pl';
import perlManifest from './perl/manifest.pl';
import perlPlan from './perl/plan.pl';
import perlPrepare from './perl/prepare.pl';
import perlProve from './perl/prove.pl';
import perlStart from './perl/start.pl';
import perlSwitch from './perl/switch.pl';
import perlUndo from './perl/undo.pl';
import pythonFit from './python/fit.py';
import pythonLook from './python/look.py';
import pythonManifest from './python/manifest.py';
import pythonPlan from './python/plan.py';
import pythonPrepare from './python/prepare.py';
import pythonProve from './python/prove.py';
import pythonStart from './python/start.py';
import pythonSwitch from './python/switch.py';
import pythonUndo from './python/undo.py';
import shAttributes from './sh/attributes.sh';
import shClosed from './sh/closed.sh';
import shCompare from './sh/compare.sh';
import shFit from './sh/fit.sh';
import shManifest from './sh/manifest.sh';
import shPlaces from './sh/places.sh';
import shPlan from './sh/plan.sh';
import shPrepare from './sh/prepare.sh';
import shProve from './sh/prove.sh';
import shStart from './sh/start.sh';
import shSwitch from './sh/switch.sh';
import shUndo from './sh/undo.sh';

const PERL = [
  perlStart,
  perlPlan,
  perlLook,
  perlPrepare,
  perlManifest,
  perlFit,
  perlSwitch,
  perlProve,
  perlUndo,
];
const PYTHON = [
  pythonStart,
  pythonPlan,
  pythonLook,
  pythonPrepare,
  pythonManifest,
  pythonFit,
  pythonSwitch,
  pythonProve,
  pythonUndo,
];
const SH = [
  shStart,
  shPlan,
  shPrepare,
  shAttributes,
  shPlaces,
  shManifest,
  shFit,
  shCompare,
  shClosed,
  shSwitch,
  shProve,
  shUndo,
];

/** A node uses the one that it can run. All parts define functions, and the last line of each program calls the first. */
export const EXECUTORS: readonly { readonly name: string; readonly text: string }[] = [
  { name: 'executor.pl', text: compact([...PERL, 'main();'].join('\n')) },
  { name: 'executor.py', text: compactPython([...PYTHON, 'main()'].join('\n')) },
  { name: 'executor.sh', text: compact([...SH, 'main'].join('\n')) },
];

/** Without comments, and with one blank for each level. */
function compactPython(text: string): string {
  const lines = text.split('\n').filter((line) => !/^\s*(#|$)/.test(line));
  return lines.map((line) => line.replace(/^ +/, (blanks) => ' '.repeat(blanks.length / 4))).join('\n');
}
