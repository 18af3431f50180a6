/**
 * Links that can be cut: the nodes of the farm are on the loopback, so each of them gets one more sshd in a network of
 * its own, at the end of a cable of its own.
 */
import { spawn } from 'node:child_process';
import { connect } from 'node:net';
import type { Farm } from './farm.ts';
import type { FarmNode } from './node.ts';
import { captureOrThrow, until } from './process.ts';

export interface Links {
  /** The nodes, and the addresses at which their cables end. */
  readonly places: readonly { readonly node: FarmNode; readonly host: string }[];
  /** `down`: packets vanish in both directions. */
  set(state: 'up' | 'down'): Promise<void>;
}

/** For these nodes of a farm, until it stops. */
export async function layCables(farm: Farm, nodes: readonly FarmNode[]): Promise<Links> {
  const all = nodes.map((node, at) => {
    // Other farms may have cables too, and have other networks.
    const network = node.host.split('.')[1];
    const name = `lock${network}n${at + 1}`;
    const subnet = `10.${network}.${at + 1}`;
    const number = node.name.replace('node-', '');
    return { node, name, near: `${subnet}.1`, host: `${subnet}.2`, number };
  });
  for (const { node, name, near, host, number } of all) {
    const ip = (line: string) => captureOrThrow('ip', line.split(' '));
    await ip(`netns add ${name}`);
    farm.atStop(() => ip(`netns del ${name}`));
    await ip(`link add ${name} type veth peer name far netns ${name}`);
    await ip(`addr add ${near}/30 dev ${name}`);
    await ip(`link set ${name} up`);
    await ip(`-n ${name} addr add ${host}/30 dev far`);
    await ip(`-n ${name} link set far up`);
    const enter = ['netns', 'exec', name, 'nsenter', '--target', `${node.pid}`, '--mount', '--pid', '--uts'];
    const sshd = [
      '/usr/sbin/sshd',
      '-D',
      '-E',
      '/var/log/sshd-far.log',
      '-h',
      `/etc/ssh/host_keys/${number}`,
    ];
    const settings = [`ListenAddress=${host}`, 'PidFile=none', 'ClientAliveInterval=0'];
    const server = spawn('ip', [...enter, ...sshd, ...settings.flatMap((text) => ['-o', text])], {
      stdio: 'ignore',
    });
    server.unref();
    await until(`the sshd of ${host} answers`, () => answers(host), { pauseMs: 100 });
  }
  return {
    places: all.map(({ node, host }) => ({ node, host })),
    async set(state) {
      await Promise.all(all.map(({ name }) => captureOrThrow('ip', ['link', 'set', name, state])));
    },
  };
}

function answers(host: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host, port: 22, timeout: 10_000 });
    const tell = (isUp: boolean) => {
      socket.destroy();
      resolve(isUp);
    };
    socket.on('data', () => tell(true));
    socket.on('error', () => tell(false));
    socket.on('timeout', () => tell(false));
  });
}
