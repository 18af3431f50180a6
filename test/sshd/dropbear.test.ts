import { describeWholeRuns } from '../contract/whole-runs.ts';
import { startFarm } from '../farm/farm.ts';

describeWholeRuns('Dropbear', () => startFarm({ nodes: 2, server: 'dropbear' }));
