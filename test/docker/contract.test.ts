import { DROPBEAR, describeTransports } from '../contract/transports.ts';
import { startCluster } from './cluster.ts';
import type { ContainerNode } from './container-node.ts';

describeTransports('busybox and Dropbear in a container', async () => {
  const cluster = await startCluster({ nodes: 1, userland: 'busybox' });
  const [node] = cluster.nodes as [ContainerNode];
  // The first one is the listener.
  const cutConnections = async () => {
    await node.run('kill -9 $(pidof dropbear | tr " " "\\n" | sort -n | sed 1d)');
  };
  return { ...cluster, ...DROPBEAR, address: node, cutConnections };
});
