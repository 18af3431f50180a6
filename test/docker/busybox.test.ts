import { describeWholeRuns } from '../contract/whole-runs.ts';
import { startCluster } from './cluster.ts';

describeWholeRuns('busybox and Dropbear in a container', () =>
  startCluster({ nodes: 2, userland: 'busybox' }),
);
