/** One node of a cluster, as a test sees and breaks it. */
import { spawn } from 'node:child_process';
import { createConnection } from 'node:net';
import { PassThrough } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import type Docker from 'dockerode';
import { type Ended, until } from '../farm/process.ts';

export interface ContainerNodeOptions {
  readonly docker: Docker;
  /** Name of the cluster's image and network. */
  readonly cluster: string;
  readonly userland: 'debian' | 'busybox';
  readonly number: number;
  readonly name: string;
  readonly host: string;
  readonly hostKey: string;
}

export class ContainerNode {
  readonly name: string;
  readonly host: string;
  readonly port = 22;
  /** `ssh-ed25519 AAAA...`, what a known_hosts line for this node would hold. */
  readonly hostKey: string;
  readonly #docker: Docker;
  readonly #cluster: string;
  readonly #userland: 'debian' | 'busybox';
  readonly #number: number;

  constructor({ docker, cluster, userland, number, name, host, hostKey }: ContainerNodeOptions) {
    this.name = name;
    this.host = host;
    this.hostKey = hostKey;
    this.#docker = docker;
    this.#cluster = cluster;
    this.#userland = userland;
    this.#number = number;
  }

  /** `layer`: a directory whose files go on top of the image. Resolves when sshd answers. */
  async create(layer: string): Promise<void> {
    const container = await this.#docker.createContainer({
      name: this.#containerName,
      Image: this.#cluster,
      Hostname: this.name,
      Cmd: ['sh', '-c', PROCESS_ONE[this.#userland], 'sh', `${this.#number}`],
      HostConfig: { NetworkMode: this.#cluster, Tmpfs: { '/run': 'mode=755,exec' } },
      NetworkingConfig: { EndpointsConfig: { [this.#cluster]: this.#endpoint } },
    });
    const tar = spawn('tar', ['-C', layer, '-c', '.'], { stdio: ['ignore', 'pipe', 'inherit'] });
    await container.putArchive(tar.stdout, { path: '/' });
    await this.start();
  }

  /** Runs sh inside the node as root, without ssh. */
  async run(script: string): Promise<Ended> {
    const exec = await this.#container.exec({
      Cmd: ['sh', '-c', script],
      AttachStdout: true,
      AttachStderr: true,
    });
    const stream = await exec.start({});
    const [stdout, stderr] = [new PassThrough(), new PassThrough()];
    this.#docker.modem.demuxStream(stream, stdout, stderr);
    stream.on('end', () => {
      stdout.end();
      stderr.end();
    });
    const [out, err] = await Promise.all([buffer(stdout), buffer(stderr)]);
    const { ExitCode: code } = await exec.inspect();
    return { code, stdout: out.toString(), stderr: err.toString() };
  }

  /** Freezes the whole node: connections stay open and nothing answers. */
  async pause(): Promise<void> {
    await this.#container.pause();
  }

  async resume(): Promise<void> {
    await this.#container.unpause();
  }

  /** Power off: every process is gone, the disk is kept. */
  async kill(): Promise<void> {
    await this.#container.kill();
    await this.#container.wait();
  }

  /** Power on after `kill()`; resolves when sshd answers. */
  async start(): Promise<void> {
    await this.#container.start();
    await until(`the sshd of ${this.name} answers`, () => answersOnSsh(this.host));
  }

  async restart(): Promise<void> {
    await this.kill();
    await this.start();
  }

  /** Cuts the link: nothing gets in or out, and nobody is told. */
  async disconnect(): Promise<void> {
    await this.#network.disconnect({ Container: this.#containerName, Force: true });
  }

  /** Mends the link; the node has the same address as before. */
  async connect(): Promise<void> {
    await this.#network.connect({ Container: this.#containerName, EndpointConfig: this.#endpoint });
  }

  /** Whatever has been done to it: afterwards it runs, with its link. */
  async mend(): Promise<void> {
    const { State, NetworkSettings } = await this.#container.inspect();
    if (State.Paused) await this.resume();
    if (NetworkSettings.Networks[this.#cluster] === undefined) await this.connect();
    if (!State.Running) await this.start();
  }

  async remove(): Promise<void> {
    await this.#container.remove({ force: true, v: true }).catch((error: { statusCode?: number }) => {
      // Not created yet when the start of the cluster failed.
      if (error.statusCode !== 404) throw error;
    });
  }

  get #containerName(): string {
    return `${this.#cluster}-${this.name}`;
  }

  get #container(): Docker.Container {
    return this.#docker.getContainer(this.#containerName);
  }

  get #network(): Docker.Network {
    return this.#docker.getNetwork(this.#cluster);
  }

  get #endpoint() {
    return { IPAMConfig: { IPv4Address: this.host } };
  }
}

/** As in the farm: a node whose sshd was killed goes on, and waiting reaps what is handed to process 1. */
const PROCESS_ONE = {
  debian: `mkdir -p /run/sshd
/usr/sbin/sshd -D -E /var/log/sshd.log -h "/etc/ssh/host_keys/$1"
while :; do sleep 3600; done`,
  busybox: `dropbearconvert openssh dropbear "/etc/ssh/host_keys/$1" /run/host_key
dropbear -F -E -s -r /run/host_key 2>/var/log/sshd.log
while :; do sleep 3600; done`,
};

function answersOnSsh(host: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = createConnection({ host, port: 22, timeout: 10_000 });
    const answer = (isUp: boolean) => {
      socket.destroy();
      resolve(isUp);
    };
    socket.on('data', () => answer(true));
    socket.on('error', () => answer(false));
    socket.on('timeout', () => answer(false));
  });
}
