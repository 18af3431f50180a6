/** `request.json` of a run: its request, its nodes, and its process. */
import { type Controller, isController } from '../core/controller.ts';
import { isRecord } from '../core/is-record.ts';
import type { Node } from '../core/node.ts';
import type { RestNode } from '../core/rest.ts';

export const HEAD_VERSION = 1;

export const HEAD_NAME = 'request.json';
export const EVENTS_NAME = 'events.jsonl';
/** The mode of a file of events that lacks some. */
export const TORN_MODE = 0o400;

export interface Head {
  readonly version: typeof HEAD_VERSION;
  readonly run: string;
  /** `user@host` of the controller. */
  readonly who: string;
  /** When it began. */
  readonly at: string;
  /** The current directory: paths of the request count from it. */
  readonly directory: string;
  /** Abridged, as on a command line: `-C uptime`. */
  readonly command: string;
  readonly controller: Controller;
  readonly nodes: readonly Node[];
  readonly request: unknown;
  /** It is a rollout: nodes work in turns, and the journal writes that a turn has come before the node begins. */
  readonly hasTurns?: boolean;
  /** The run did the jobs of a file, and its nodes are their sites. */
  readonly isOfJobs?: boolean;
  /** The run whose request this repeats. */
  readonly repeats?: string;
  /** Nodes of the rollout that it continues, on which it does not work. */
  readonly rest?: readonly RestNode[];
  /** Nodes of this run that an earlier one has left down: they are so until they begin. */
  readonly again?: readonly RestNode[];
}

/** The name of a run's directory is its id. */
export const RUN_NAME = /^\d{8}T\d{6}-[0-9a-f]{8}$/;

/** Undefined for a text that is no run's head. */
export function parseHead(text: string): Head | undefined {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return undefined;
  }
  return isHead(value) ? value : undefined;
}

function isHead(value: unknown): value is Head {
  if (!isRecord(value) || value.version !== HEAD_VERSION) return false;
  const { run, who, at, directory, command, controller, nodes, rest = [], again = [] } = value;
  const areTexts = [run, who, at, directory, command].every((one) => typeof one === 'string');
  // Others calculate with names and times.
  if (!RUN_NAME.test(String(run)) || Number.isNaN(Date.parse(String(at)))) return false;
  if (!areTexts || !isController(controller) || !isRest(rest) || !isRest(again)) return false;
  return Array.isArray(nodes) && nodes.every(isNode);
}

function isRest(value: unknown): boolean {
  return (
    Array.isArray(value) &&
    value.every(
      (one) =>
        isRecord(one) && Number.isSafeInteger(one.at) && isNode(one.node) && typeof one.detail === 'string',
    )
  );
}

function isNode(value: unknown): boolean {
  if (!isRecord(value) || !Number.isSafeInteger(value.port)) return false;
  return [value.id, value.user, value.host, value.given].every((one) => typeof one === 'string');
}
