/** The programs that carry plans out on nodes, each put together from its parts. Pure. */
import perlFit from './files/executor/perl/fit.pl';
import perlLook from './files/executor/perl/look.pl';
import perlManifest from './files/executor/perl/manifest.pl';
import perlMends from './files/executor/perl/mends.pl';
import perlPlan from './files/executor/perl/plan.pl';
import perlPrepare from './files/executor/perl/prepare.pl';
import perlProve from './files/executor/perl/prove.pl';
import perlRemove from './files/executor/perl/remove.pl';
import perlStart from './files/executor/perl/start.pl';
import perlSums from './files/executor/perl/sums.pl';
import perlSwitch from './files/executor/perl/switch.pl';
import perlUndo from './files/executor/perl/undo.pl';
import perlWhole from './files/executor/perl/whole.pl';
import pythonFit from './files/executor/python/fit.py';
import pythonLook from './files/executor/python/look.py';
import pythonManifest from './files/executor/python/manifest.py';
import pythonMends from './files/executor/python/mends.py';
import pythonPlan from './files/executor/python/plan.py';
import pythonPrepare from './files/executor/python/prepare.py';
import pythonProve from './files/executor/python/prove.py';
import pythonRemove from './files/executor/python/remove.py';
import pythonStart from './files/executor/python/start.py';
import pythonSums from './files/executor/python/sums.py';
import pythonSwitch from './files/executor/python/switch.py';
import pythonUndo from './files/executor/python/undo.py';
import pythonWhole from './files/executor/python/whole.py';
import shAttributes from './files/executor/sh/attributes.sh';
import shClosed from './files/executor/sh/closed.sh';
import shCompare from './files/executor/sh/compare.sh';
import shFit from './files/executor/sh/fit.sh';
import shManifest from './files/executor/sh/manifest.sh';
import shMends from './files/executor/sh/mends.sh';
import shPlaces from './files/executor/sh/places.sh';
import shPlan from './files/executor/sh/plan.sh';
import shPrepare from './files/executor/sh/prepare.sh';
import shProve from './files/executor/sh/prove.sh';
import shRemove from './files/executor/sh/remove.sh';
import shStart from './files/executor/sh/start.sh';
import shSums from './files/executor/sh/sums.sh';
import shSwitch from './files/executor/sh/switch.sh';
import shUndo from './files/executor/sh/undo.sh';
import shWhole from './files/executor/sh/whole.sh';

/**
 * The programs that carry plans out: their parts define functions, in any order, and the last line calls the first. `later`: parts that
 * the program compiles when it needs them.
 */
const EXECUTOR_PARTS = [
  {
    name: 'executor.pl',
    main: 'main();',
    parts: {
      perlStart,
      perlPlan,
      perlLook,
      perlPrepare,
      perlManifest,
      perlFit,
      perlMends,
      perlSums,
      perlWhole,
      perlSwitch,
      perlProve,
      perlUndo,
      perlRemove,
    },
  },
  {
    name: 'executor.py',
    main: 'main()',
    parts: {
      pythonStart,
      pythonPlan,
      pythonLook,
      pythonPrepare,
      pythonManifest,
      pythonFit,
      pythonSums,
      pythonWhole,
    },
    later: {
      mends: pythonMends,
      switch: pythonSwitch,
      prove: pythonProve,
      undo: pythonUndo,
      remove: pythonRemove,
    },
  },
  {
    name: 'executor.sh',
    main: 'main',
    parts: {
      shStart,
      shPlan,
      shPrepare,
      shAttributes,
      shPlaces,
      shManifest,
      shFit,
      shMends,
      shCompare,
      shClosed,
      shSums,
      shWhole,
      shSwitch,
      shProve,
      shUndo,
      shRemove,
    },
  },
];

/** A node says which of them it runs, and an upload brings along what its nodes run. */
export const EXECUTORS = EXECUTOR_PARTS.map(({ name, main, parts, later }) => ({
  name,
  text: `${Object.values(parts).join('\n')}\n${later === undefined ? '' : laterInPython(later)}${main}`,
}));

type Parts = Readonly<Record<string, string>>;

/** As a dict of raw strings, which python need not compile before they are asked for. */
function laterInPython(parts: Parts): string {
  const entries = Object.entries(parts).map(([name, text]) => {
    if (text.includes("'''")) throw new TypeError(`part ${name} would end the string in which it stands`);
    return `"${name}": r'''${text}''',\n`;
  });
  return `LATER = {\n${entries.join('')}}\n`;
}
