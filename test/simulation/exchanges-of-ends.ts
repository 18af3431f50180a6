/** Exchanges about how runs end, and what they leave. */
import type { Exchange } from './exchange.ts';
import { MET } from './met.ts';

export const EXCHANGES_OF_ENDS: readonly Exchange[] = [
  {
    title:
      'L6: STOP ends the work and then frees the lock; who comes meanwhile is told of the holder, and a late worker refuses',
    steps: [
      { keeper: 'one' },
      { worker: 'work', of: 'one', does: 'works on, stubborn' },
      { begins: 'work' },
      { witness: 'work' },
      { send: 'STOP', to: 'one' },
      { pass: 0.4 },
      { worker: 'late', of: 'one', does: 'works on' },
      { ends: 'late', code: 76 },
      { keeper: 'two' },
      { ends: 'two' },
      { ends: 'one' },
      { witnessSees: 'gone' },
    ],
    replies: {
      one: ['ACQUIRED #:#', 'RELEASED STOP'],
      two: [`${MET}x`, 'LOCKED'],
    },
  },
  {
    title: 'END ends the work, and holds on',
    steps: [
      { keeper: 'one' },
      { worker: 'work', of: 'one', does: 'works on' },
      { begins: 'work' },
      { send: 'END', to: 'one' },
      { ends: 'work', code: 143 },
      { isGone: 'work' },
      { send: 'PING 3', to: 'one' },
      { until: 'one', says: 'PONG 3' },
      { send: 'RELEASE', to: 'one' },
      { ends: 'one' },
    ],
    replies: { one: ['ACQUIRED #:#', 'PONG 3', 'RELEASED RELEASE'] },
  },
  {
    title: 'L6: when the keeper alone is killed the next run is told DRAINING, until the work has ended',
    steps: [
      { keeper: 'one' },
      { worker: 'work', of: 'one', does: 'works on' },
      { begins: 'work' },
      { kill: 'one' },
      { ends: 'one' },
      { keeper: 'two' },
      { ends: 'two' },
      { isAtWork: 'work' },
    ],
    replies: { one: ['ACQUIRED #:#'], two: ['DRAINING\t #\tone'] },
  },
  {
    title: 'L7: a worker that comes after the lock was freed refuses to start',
    steps: [
      { keeper: 'one' },
      { until: 'one', says: 'ACQUIRED' },
      { send: 'RELEASE', to: 'one' },
      { ends: 'one' },
      { worker: 'late', of: 'one', does: 'works on' },
      { ends: 'late', code: 76 },
    ],
    replies: { one: ['ACQUIRED #:#', 'RELEASED RELEASE'] },
  },
  {
    title: 'a commit is not ended in the middle, and the lock held until its end',
    steps: [
      { keeper: 'one' },
      { worker: 'work', of: 'one', does: 'works a second', job: 'p' },
      { begins: 'work' },
      { witness: 'work' },
      { endInput: 'one' },
      { ends: 'work', code: 0 },
      { ends: 'one' },
      { witnessSees: 'gone' },
    ],
    replies: { one: ['ACQUIRED #:#', 'ENDING end of input', 'RELEASED end of input'] },
  },
  {
    title:
      'what an ended command left in the background is nobody’s: it lives on, and the next run may begin',
    steps: [
      { keeper: 'one' },
      { worker: 'work', of: 'one', does: 'leaves work behind' },
      { ends: 'work', code: 0 },
      { endInput: 'one' },
      { ends: 'one' },
      { isAtWork: 'work' },
      { keeper: 'two' },
      { until: 'two', says: 'ACQUIRED' },
      { send: 'RELEASE', to: 'two' },
      { ends: 'two' },
    ],
    replies: {
      one: ['ACQUIRED #:#', 'ENDING end of input', 'RELEASED end of input'],
      two: ['ACQUIRED #:#', 'RELEASED RELEASE'],
    },
  },
  {
    title: 'without a lock two runs go side by side, each with its leash',
    steps: [
      { keeper: 'one', kind: 'n' },
      { keeper: 'two', kind: 'n' },
      { until: 'one', says: 'ACQUIRED' },
      { until: 'two', says: 'ACQUIRED' },
      { worker: 'work', of: 'two', does: 'works on' },
      { begins: 'work' },
      { endInput: 'two' },
      { ends: 'two' },
      { isGone: 'work' },
      { send: 'RELEASE', to: 'one' },
      { ends: 'one' },
    ],
    replies: {
      one: ['ACQUIRED #:#', 'RELEASED RELEASE'],
      two: ['ACQUIRED #:#', 'ENDING end of input', 'RELEASED end of input'],
    },
  },
  {
    title: 'L13: a missing path is an error, or is made; what was made is removed again',
    steps: [
      { keeper: 'one', path: 'missing' },
      { ends: 'one', code: 0 },
      { keeper: 'two', path: 'missing', make: 'directory' },
      { until: 'two', says: 'ACQUIRED' },
      { endInput: 'two' },
      { ends: 'two' },
      { keeper: 'three', path: 'missing' },
      { ends: 'three' },
    ],
    replies: {
      one: ['ERROR no such file or directory: LOCK'],
      two: ['ACQUIRED #:#', 'ENDING end of input', 'RELEASED end of input'],
      three: ['ERROR no such file or directory: LOCK'],
    },
  },
];
