/** Reads a request that somebody has written down, and checks it against the schema and the rules of its mode. */
import { createReadStream } from 'node:fs';
import type { Readable } from 'node:stream';
import type * as z from 'zod/mini';
import { LockstepError } from '../../core/errors.ts';
import { LIMITS } from '../../core/limits/limits.ts';
import { readWhole } from '../../core/read-whole.ts';
import { systemErrorText } from '../../core/system-error.ts';
import { quoteInput } from '../../text/quote-input.ts';
import { MODES } from '../modes/modes.ts';
import { refusalOf } from '../rules/rules.ts';
import { REQUEST_VERSION, type RunRequest, requestSchema } from './request.ts';
import { stdinReaders } from './stdin-readers.ts';

/** The process that reads the request. */
export interface RequestReader {
  readonly stdin: Readable;
  /** LOCKSTEP_SESSION is set: the nodes are already known. */
  readonly isInSession: boolean;
}

/** `path`: a file, or `-` for stdin. Rejects with LockstepError `usage`, which says what is wrong and where. */
export async function readRequest(path: string, { stdin, isInSession }: RequestReader): Promise<RunRequest> {
  const isStdin = path === '-';
  const text = await readText(isStdin ? stdin : createReadStream(path), path);
  const request = parseRequest(text, isInSession);
  if (isStdin && stdinReaders(request).length > 0) throw refusal('stdin holds the request, and nothing else');
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
  const broken = refusalOf({ request: read.data, isInSession });
  if (broken !== undefined) throw refusal(broken.request);
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
