/** A request that somebody has written down, checked on its way in: by the schema, and by what its mode can do. */
import { createReadStream } from 'node:fs';
import type { Readable } from 'node:stream';
import type * as z from 'zod/mini';
import { LockstepError } from '../core/errors.ts';
import { LIMITS } from '../core/limits.ts';
import { readWhole } from '../core/read-whole.ts';
import { STDIN_PATHS } from '../core/surroundings.ts';
import { systemErrorText } from '../core/system-error.ts';
import { quoteInput } from '../text/quote-input.ts';
import { MODES, modeOf } from './modes/modes.ts';
import { REQUEST_VERSION, type RunRequest, requestSchema } from './request.ts';
import { commandText, filesOf, namesTargets, stdinOf } from './work-request.ts';

/** Who reads the request. */
export interface RequestReader {
  readonly stdin: Readable;
  /** LOCKSTEP_SESSION is set: the nodes are known already. */
  readonly isInSession: boolean;
}

/** `path`: a file, or `-` for stdin. Rejects with LockstepError `usage`, which says what is wrong and where. */
export async function readRequest(path: string, { stdin, isInSession }: RequestReader): Promise<RunRequest> {
  const isStdin = path === '-';
  const text = await readText(isStdin ? stdin : createReadStream(path), path);
  const request = parseRequest(text, isInSession);
  if (isStdin && readsStdin(request)) throw refusal('stdin holds the request, and nothing else');
  return request;
}

/** Throws as `readRequest` does. */
export function parseRequest(text: string, isInSession = false): RunRequest {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw refusal(`it is no JSON: ${quoteInput(systemErrorText(error))}`);
  }
  const version =
    typeof value === 'object' && value !== null && 'version' in value ? value.version : undefined;
  if (version !== REQUEST_VERSION) throw refusal(`version: this lockstep reads ${REQUEST_VERSION}`);
  const read = requestSchema.safeParse(value);
  if (!read.success) throw refusal(read.error.issues.map(issueText).join('; '));
  refuseCombinations(read.data, isInSession);
  return read.data;
}

async function readText(stream: Readable, path: string): Promise<string> {
  const tooLong = () => new Error(`it is longer than ${LIMITS.requestBytesMax} bytes`);
  try {
    return await readWhole(stream, LIMITS.requestBytesMax, tooLong);
  } catch (error) {
    throw refusal(`cannot read ${quoteInput(path)}: ${systemErrorText(error)}`);
  }
}

/** The first of them counts; what the schema cannot say of two fields at once. */
function refuseCombinations(request: RunRequest, isInSession: boolean): void {
  const { lock, show, targets, work, connect } = request;
  const mode = modeOf(work);
  const isNamed = namesTargets(targets);
  if (!isNamed && !isInSession) throw refusal('targets: there are none');
  if (lock.kind === 'shared' && mode.locks === 'exclusive')
    throw refusal(`lock.kind: ${work.mode} is never among readers`);
  if (lock.kind === 'none' && work.mode === 'lock') throw refusal('lock.kind: there is no lock to hold');
  if (lock.mayGoWithout && lock.waitMs > 0) throw refusal('lock: mayGoWithout and waitMs exclude each other');
  if (show.fold !== undefined && (show.json || show.serial))
    throw refusal('show: fold goes without json and serial');
  if (connect.isPasswordAsked && (connect.hostKeyChecking === 'no' || connect.keyFile !== undefined))
    throw refusal('connect: a password needs host keys that are checked, and no keyFile');
  if (work.mode === 'command' && commandText(work).trim() === '') throw refusal('work.text: it is empty');
  if (work.mode === 'upload' && filesOf(work).length === 0) throw refusal('work.files: there are none');
  if (filesOf(work).includes('')) throw refusal('work.files: a name is empty');
  if (work.mode === 'sync' && !work.isPlain && stdinOf(work) !== undefined)
    throw refusal('work.stdin: the stdin of a sync tool carries the sync protocol');
}

function readsStdin({ targets, work }: RunRequest): boolean {
  const paths = [...targets.hosts, stdinOf(work) ?? ''];
  return targets.areOnStdin || paths.some((path) => STDIN_PATHS.includes(path));
}

/** `work.timeoutMs: Invalid input…`, `work: no such field: foo`. */
function issueText(issue: z.core.$ZodIssue): string {
  const place = issue.path.map(String).join('.') || 'the request';
  if (issue.code === 'unrecognized_keys')
    return `${place}: no such field: ${issue.keys.map((key) => quoteInput(key)).join(', ')}`;
  return `${place}: ${wordsOf(issue)}`;
}

function wordsOf(issue: z.core.$ZodIssue): string {
  switch (issue.code) {
    case 'invalid_type':
      return `it must be of type ${issue.expected}`;
    case 'invalid_value':
      return `it must be ${issue.values.map((value) => JSON.stringify(value)).join(' or ')}`;
    case 'too_small':
      return `it is below ${issue.minimum}`;
    case 'too_big':
      return `it is above ${issue.maximum}`;
    case 'invalid_union':
      return `mode must be one of ${Object.keys(MODES).join(', ')}`;
    case 'custom':
      return `it ${issue.message}`;
    default:
      return issue.message;
  }
}

function refusal(message: string): LockstepError {
  return new LockstepError('usage', `the request cannot be run: ${message}`, {
    hint: 'docs/REQUESTS.md has every field',
  });
}
