/** Receivers in whose stage somebody meddles before they look at it. */
import { RECEIVE_TEXT } from '../../../src/node/texts.ts';

/** Done by somebody in the stage, when tar has ended, or when the plan is made. */
export const tampered = (when: 'unpacked' | 'planned', command: string) => {
  const before = when === 'unpacked' ? 'plan "$primary" "$destination"' : 'undisturbed prepare_plan';
  if (!RECEIVE_TEXT.includes(before)) throw new Error('the receiver has other words now');
  const words = `(PATH=/usr/bin:/bin; ${command}) || exit 99\n`;
  return RECEIVE_TEXT.replace(before, () => `${words}${before}`);
};

export const FLIPPED = /its bytes are not those that were sent: sha256 [0-9a-f]{64} for [0-9a-f]{64}/;
