/** 100 nodes whose host keys nobody knows: what is asked, how often, and what stands in known_hosts afterwards. */
import { execFileSync } from 'node:child_process';
import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { type Node, nodeId } from '../../../src/core/node.ts';
import { generateKeyPair } from '../../../src/demo/key-pair.ts';
import { connectAll } from '../../../src/run/start/connect.ts';
import { NewKeys, questionAbout } from '../../../src/run/start/transport/new-keys.ts';
import { loadHostKeys } from '../../../src/ssh/host-keys/of-nodes.ts';
import type { HostKeySettings } from '../../../src/ssh/host-keys/policy.ts';
import type { Connection, Transport } from '../../../src/ssh/transport.ts';
import { scratchForFile } from '../../scratch.ts';

const directory = scratchForFile();

const node = (host: string): Node => ({ id: nodeId('u', host, 22), user: 'u', host, port: 22, given: host });
const NODES = Array.from({ length: 100 }, (_, index) => node(`web${index}`));
const KEYS = NODES.map(() => generateKeyPair().public);
const blobOf = (index: number) => Buffer.from(KEYS[index]?.split(' ')[1] ?? '', 'base64');

let homes = 0;
/** Connects to all nodes, few at a time, as the transport asks about their keys. */
async function connect(checking: 'accept-new' | 'ask', answer: boolean, before = '') {
  const file = join(directory, `known${homes++}`);
  if (before !== '') writeFileSync(file, before, { mode: 0o600 });
  const newKeys = new NewKeys();
  const questions: string[] = [];
  const settings: HostKeySettings = {
    hostKeys: { checking, knownHostsFile: file },
    homeDirectory: directory,
    warn: () => {},
    onNew: (one, key) => newKeys.add(one, key),
  };
  const hostKeys = await loadHostKeys(settings);
  const transport: Transport = {
    async connect(one) {
      const key = blobOf(NODES.indexOf(one));
      const refusal = hostKeys.refusal(one, key);
      if (refusal !== undefined) throw refusal;
      hostKeys.remember(one, key);
      return { node: one } as Connection;
    },
  };
  const told: string[] = [];
  const { connections, failures } = await connectAll(transport, NODES, {
    atOnce: 8,
    tell: ({ type }) => void told.push(type),
    signal: new AbortController().signal,
    settleNewKeys: () =>
      newKeys.settle(hostKeys, async (question) => {
        questions.push(question);
        return answer;
      }),
  });
  await hostKeys.written();
  return { file, questions, connections, failures, told };
}

describe('host keys that nobody knows', () => {
  it.each(['ask', 'accept-new'] as const)(
    'S2 S4 of 100 nodes are asked about once, or never, and are one right line each: %s',
    async (checking) => {
      const { file, questions, connections, failures, told } = await connect(checking, true);
      expect([connections.length, failures.length]).toEqual([100, 0]);
      expect(connections.map((one) => one.node)).toEqual(NODES);
      expect(questions).toHaveLength(checking === 'ask' ? 1 : 0);
      expect(told).not.toContain('node-failed');
      const lines = readFileSync(file, 'utf8').trimEnd().split('\n');
      expect(lines.sort()).toEqual(NODES.map(({ host }, index) => `${host} ${KEYS[index]}`).sort());
      expect(statSync(file).mode & 0o777).toBe(0o600);
      const read = execFileSync('ssh-keygen', ['-lf', file]).toString().trimEnd().split('\n');
      expect(read.map((line) => line.split(' ')[2]).sort()).toEqual(NODES.map(({ host }) => host).sort());
      for (const index of [0, 42, 99])
        expect(execFileSync('ssh-keygen', ['-F', `web${index}`, '-f', file]).toString()).toContain(
          KEYS[index],
        );
    },
  );

  it('S2 are refused, and nothing is written, when the answer is no; known ones go on', async () => {
    const { file, connections, failures, told } = await connect('ask', false, `web7 ${KEYS[7]}\n`);
    expect(connections.map((one) => one.node.host)).toEqual(['web7']);
    expect(failures).toHaveLength(99);
    expect(told.filter((type) => type === 'node-failed')).toHaveLength(99);
    expect(readFileSync(file, 'utf8')).toBe(`web7 ${KEYS[7]}\n`);
  });

  it('S1 that replace known ones are refused unasked', async () => {
    const { questions, failures } = await connect('ask', true, `web7 ${KEYS[8]}\n`);
    expect(failures.map(({ code, node: one }) => [code, one?.host])).toEqual([['host-key-changed', 'web7']]);
    expect(questions[0]).not.toContain('web7 ');
  });

  it('are shown with every fingerprint, equal ones together', () => {
    const keys = [0, 1, 2].map((index) => ({
      node: NODES[index] as Node,
      key: blobOf(index === 2 ? 1 : index),
    }));
    const lines = questionAbout(keys).split('\n');
    expect(lines[0]).toBe('the host keys of 3 nodes are not known:');
    expect(lines[1]).toMatch(/^ {2}ssh-ed25519 SHA256:\S+ {2}web0$/);
    expect(lines[2]).toMatch(/^ {2}ssh-ed25519 SHA256:\S+ {2}web\[1-2\]$/);
    expect(lines[3]).toBe('accept and remember them? (yes/no) ');
  });
});
