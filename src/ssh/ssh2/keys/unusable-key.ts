/** Says why the key of `-k` cannot be used, and what to do about it. */
import { LockstepError } from '../../../core/errors.ts';
import type { KeyFile } from './key-file.ts';

export function unusableKey(path: string, file: Exclude<KeyFile, { kind: 'private' }>): LockstepError {
  switch (file.kind) {
    case 'missing':
      return new LockstepError('auth', `cannot use key ${path}: no such file`, {
        hint: 'check the path after -k',
      });
    case 'unusable':
      return new LockstepError('auth', `cannot use key ${path}: ${file.reason}`, {
        hint: 'check the file after -k',
      });
    case 'wrong-passphrase':
      return new LockstepError(
        'auth',
        `cannot use key ${path}: invalid passphrase for private key specified`,
      );
    case 'token':
      return new LockstepError(
        'auth',
        `cannot use key ${path}: it lives in a security token, and ssh-agent does not hold it`,
        {
          hint: ADD_HINT,
        },
      );
    case 'encrypted':
      return new LockstepError('auth', `cannot use key ${path}: it is protected by a passphrase`, {
        hint: ADD_HINT,
      });
    case 'public':
      return new LockstepError(
        'auth',
        file.isEncrypted
          ? `cannot use key ${path}: it is protected by a passphrase, and ssh-agent does not hold it`
          : `cannot use key ${path}: it is a public key, and ssh-agent does not hold its private half`,
        { hint: ADD_HINT },
      );
  }
}

const ADD_HINT = 'add the key to ssh-agent with ssh-add';
