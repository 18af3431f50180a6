/**
 * What is said to keepers and workers of one node, what they answer, and what is true meanwhile. The table is run against the
 * simulated node and against the real texts under each shell, so that the simulation does not flatter.
 */
import type { Exchange } from './exchange.ts';
import { EXCHANGES_OF_ENDS } from './exchanges-of-ends.ts';
import { MET } from './met.ts';

export const EXCHANGES: readonly Exchange[] = [
  {
    title: 'beats are answered, a lone BEAT is not, and RELEASE frees the lock',
    steps: [
      { keeper: 'one' },
      { send: 'PING 7', to: 'one' },
      { send: 'BEAT', to: 'one' },
      { send: 'what is this', to: 'one' },
      { send: 'PING 8\nRELEASE', to: 'one' },
      { ends: 'one', code: 0 },
    ],
    replies: { one: ['ACQUIRED #:#', 'PONG 7', 'PONG 8', 'RELEASED RELEASE'] },
  },
  {
    title: 'a second run is refused at once, told of the holder, and has the lock when that one is gone',
    steps: [
      { keeper: 'one' },
      { until: 'one', says: 'ACQUIRED' },
      { keeper: 'two' },
      { ends: 'two' },
      { send: 'RELEASE', to: 'one' },
      { ends: 'one' },
      { keeper: 'three' },
      { until: 'three', says: 'ACQUIRED' },
      { endInput: 'three' },
      { ends: 'three' },
    ],
    replies: {
      one: ['ACQUIRED #:#', 'RELEASED RELEASE'],
      two: [`${MET}x`, 'LOCKED'],
      three: ['ACQUIRED #:#', 'ENDING end of input', 'RELEASED end of input'],
    },
  },
  {
    title: 'readers hold together, and hold off a writer',
    steps: [
      { keeper: 'one', kind: 's' },
      { until: 'one', says: 'ACQUIRED' },
      { keeper: 'two', kind: 's' },
      { until: 'two', says: 'ACQUIRED' },
      { send: 'BACK', to: 'two' },
      { ends: 'two' },
      { keeper: 'three' },
      { ends: 'three' },
      { send: 'RELEASE', to: 'one' },
      { ends: 'one' },
    ],
    replies: {
      one: ['ACQUIRED #:#', 'RELEASED RELEASE'],
      two: ['ACQUIRED #:#', 'RELEASED BACK'],
      three: [`${MET}s`, 'LOCKED'],
    },
  },
  {
    title: 'L4, L6: after silence the lock is free, and not before work that ignores TERM is gone',
    steps: [
      { keeper: 'one', lease: 4 },
      { worker: 'work', of: 'one', does: 'works on, stubborn' },
      { begins: 'work' },
      { witness: 'work' },
      { until: 'one', says: 'RELEASED' },
      { ends: 'one' },
      { witnessSees: 'gone' },
    ],
    replies: { one: ['ACQUIRED #:#', 'ENDING expired', 'RELEASED expired'] },
  },
  {
    title: 'beats of either kind keep the leash from running out',
    steps: [
      { keeper: 'one', lease: 4 },
      { until: 'one', says: 'ACQUIRED' },
      { pass: 2 },
      { send: 'BEAT', to: 'one' },
      { pass: 2 },
      { send: 'PING 1', to: 'one' },
      { pass: 2 },
      { send: 'PING 2', to: 'one' },
      { send: 'RELEASE', to: 'one' },
      { ends: 'one' },
    ],
    replies: { one: ['ACQUIRED #:#', 'PONG 1', 'PONG 2', 'RELEASED RELEASE'] },
  },
  {
    title: 'L3, L6: at the end of its input the command of GO is ended first, and then the lock freed',
    steps: [
      { keeper: 'one' },
      { go: 'work', to: 'one', does: 'works on, stubborn' },
      { begins: 'work' },
      { witness: 'work' },
      { endInput: 'one' },
      { ends: 'one' },
      { witnessSees: 'gone' },
    ],
    replies: { one: ['ACQUIRED #:#', 'ENDING end of input', 'EXIT 137', 'RELEASED end of input'] },
  },
  {
    title: 'the end of a command of GO is told with its code, and the lock held on',
    steps: [
      { keeper: 'one' },
      { go: 'work', to: 'one', does: 'exits with 3' },
      { until: 'one', says: 'EXIT 3' },
      { send: 'PING 1', to: 'one' },
      { until: 'one', says: 'PONG 1' },
      { keeper: 'two' },
      { ends: 'two' },
      { send: 'RELEASE keep', to: 'one' },
      { ends: 'one' },
    ],
    replies: {
      one: ['ACQUIRED #:#', 'EXIT 3', 'PONG 1', 'RELEASED RELEASE keep'],
      two: [`${MET}x`, 'LOCKED'],
    },
  },
  {
    title: 'L6: a job that is killed just before its run is ended has left no work when the lock is free',
    steps: [
      { keeper: 'one' },
      { go: 'work', to: 'one', does: 'works on, stubborn' },
      { begins: 'work' },
      { killJob: 'one' },
      { isAtWork: 'work' },
      { witness: 'work' },
      { send: 'STOP', to: 'one' },
      { ends: 'one' },
      { witnessSees: 'gone' },
    ],
    replies: { one: ['ACQUIRED #:#', 'RELEASED STOP'] },
  },
  {
    title: 'L6: a wrapper that is killed just before its run is ended has left no work when the lock is free',
    steps: [
      { keeper: 'one' },
      { worker: 'work', of: 'one', does: 'works on, stubborn' },
      { begins: 'work' },
      { killWorker: 'work' },
      { pass: 0.2 },
      { isAtWork: 'work' },
      { witness: 'work' },
      { endInput: 'one' },
      { ends: 'one' },
      { witnessSees: 'gone' },
    ],
    replies: { one: ['ACQUIRED #:#', 'ENDING end of input', 'RELEASED end of input'] },
  },
  {
    title: 'a daemon that an ended command left, with a session of its own, lives on',
    steps: [
      { keeper: 'one' },
      { worker: 'work', of: 'one', does: 'leaves a daemon behind' },
      { ends: 'work', code: 0 },
      { endInput: 'one' },
      { ends: 'one' },
      { isAtWork: 'work' },
    ],
    replies: { one: ['ACQUIRED #:#', 'ENDING end of input', 'RELEASED end of input'] },
  },
  ...EXCHANGES_OF_ENDS,
];
