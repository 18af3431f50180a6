/**
 * From what the user wrote to the nodes of the run: stdin's targets first, then those of `-o` in order, a file's in the
 * file's place, then a program's; each node once. Connects to nothing.
 */
import { LockstepError } from '../core/errors.ts';
import { type Node, nodeId } from '../core/node.ts';
import { accountName } from '../core/surroundings.ts';
import { quoteInput } from '../text/quote-input.ts';
import { type Catalogue, type Entry, type HostEntry, joined, layered } from './catalogue.ts';
import { type ReadRun, readRuns } from './earlier-runs.ts';
import { namesGroups, parseExpression } from './expression.ts';
import { type ListedTarget, parseHostList } from './host-list.ts';
import { inventoryFormat, parseInventory } from './inventory-file.ts';
import { parseUser, type Target } from './parse-target.ts';
import { Picker } from './pick.ts';
import { refusedAt } from './refusal.ts';

export interface TargetSources {
  /** `-o` values in order. */
  readonly hosts: readonly string[];
  /** `-s`: all of stdin; undefined without `-s`. */
  readonly stdinText: string | undefined;
  /** `--inventory`: its groups are known; without other targets all of its hosts are the targets. */
  readonly inventoryFile: string | undefined;
  /** `--targets-from`: what that program printed. */
  readonly programText: string | undefined;
  /** `-u`: for targets without a user; undefined: the local account's name. */
  readonly user: string | undefined;
  /** Find the nodes of these groups, too. */
  readonly groups?: readonly ListedTarget[];
  /** Read all groups and labels in any case. */
  readonly needsCatalogue?: boolean;
  /** The nodes of a session: targets that only leave some out leave them out of these. */
  readonly known?: readonly Node[];
}

export interface TargetFiles {
  /** Returns the text of a host file or inventory, or throws LockstepError `usage`; in production `readHostFile`. */
  read(path: string): Promise<string>;
  /** The user's and the directory's files of groups, the latter last; called only when a target needs them. */
  readGroups(): Promise<readonly Catalogue[]>;
  /** The nodes of an earlier run. */
  readRun?: ReadRun | undefined;
  /** What ssh_config says of a host, if it counts. */
  lookUp?(host: AskedHost): KnownHost;
}

/** By the name that ssh knows, with what the target says. */
export interface AskedHost {
  readonly host: string;
  readonly user: string | undefined;
  readonly port: number | undefined;
}

export interface KnownHost {
  readonly user: string | undefined;
  readonly port: number | undefined;
}

export interface Resolved {
  /** At least one, unique by user, host and port; of equal ones the first counts. */
  readonly nodes: readonly Node[];
  /** Nodes named more than once. */
  readonly again: readonly Node[];
  /** `!…` that left nothing out. */
  readonly idle: readonly ListedTarget[];
  /** The nodes of each text in `groups`. */
  readonly groups: ReadonlyMap<string, readonly Node[]>;
  /** Groups and labels, as far as the targets needed them. */
  readonly catalogue: Catalogue;
  /** The nodes of a group in the catalogue. */
  membersOf(group: ListedTarget): readonly Node[];
}

const SSH_PORT = 22;

/** Throws LockstepError `usage` with file and line for anything that is no target. */
export async function resolveTargets(sources: TargetSources, files: TargetFiles): Promise<Resolved> {
  const { entries, inventories } = await listEntries(sources, files);
  const { groups = [], needsCatalogue = false } = sources;
  const areNeeded = needsCatalogue || [...entries, ...groups].some(needsGroups);
  const ofFiles = areNeeded ? await files.readGroups() : [];
  const inventory = joined(inventories);
  const lookUp = (host: AskedHost) => files.lookUp?.(host) ?? host;
  const toNode = nodeMaker({ user: sources.user, listed: hostsOf(inventory), lookUp });
  const runs = await readRuns([...entries, ...groups], files.readRun);
  const catalogue = { ...layered([...ofFiles, inventory]), runs };
  const picker = new Picker(catalogue, toNode);
  const { picked, again, idle } = picker.pick(entries);
  if (picked.length === 0) throw noTargets(entries);
  const found = picked.map((one) => ({ one, node: { ...toNode(one.target), given: one.given } }));
  const membersOf = (group: ListedTarget) => {
    const covers = picker.covers(group);
    return found.flatMap(({ one, node }) => (covers(one) ? [node] : []));
  };
  return {
    nodes: found.map(({ node }) => node),
    again: again.map(({ target }) => toNode(target)),
    idle,
    groups: new Map(groups.map((group) => [group.text, membersOf(group)])),
    catalogue,
    membersOf,
  };
}

interface Listed {
  readonly entries: readonly Entry[];
  readonly inventories: readonly Catalogue[];
}

async function listEntries(sources: TargetSources, files: TargetFiles): Promise<Listed> {
  const { stdinText, hosts, inventoryFile, programText, known = [] } = sources;
  const entries: Entry[] = stdinText === undefined ? [] : parseHostList(stdinText, 'stdin');
  const inventories: Catalogue[] = [];
  const add = async (text: string, name: string) => {
    const inventory = await parseInventory(text, name);
    inventories.push(inventory);
    return hostsOf(inventory);
  };
  for (const host of hosts) {
    if (!isHostFile(host)) entries.push({ text: host, source: '-o' });
    else if (inventoryFormat(host) === undefined)
      entries.push(...parseHostList(await files.read(host), host));
    else entries.push(...(await add(await files.read(host), host)));
  }
  if (programText !== undefined) {
    const name = '--targets-from';
    const isInventory = programText.trimStart().startsWith('{');
    entries.push(...(isInventory ? await add(programText, name) : parseHostList(programText, name)));
  }
  if (inventoryFile !== undefined) {
    const all = await add(await files.read(inventoryFile), inventoryFile);
    if (entries.every(isExclusion)) entries.unshift(...all);
  }
  if (entries.every(isExclusion)) entries.unshift(...known.map((node) => ({ target: node, source: '-o' })));
  return { entries, inventories };
}

/** A host name has no slash, so `../hosts` can only be a file as well. */
function isHostFile(host: string): boolean {
  return /^(?:\/|\.\/|\.\.\/)/.test(host);
}

/** The nodes of all its groups, each once. */
function hostsOf({ groups }: Catalogue): HostEntry[] {
  const hosts = new Map<string, HostEntry>();
  for (const entry of [...groups.values()].flat())
    if ('target' in entry && !hosts.has(entry.target.host)) hosts.set(entry.target.host, entry);
  return [...hosts.values()];
}

function isExclusion(entry: Entry): boolean {
  return 'text' in entry && entry.text.startsWith('!');
}

function needsGroups(entry: Entry): boolean {
  return 'text' in entry && refusedAt(entry, () => namesGroups(parseExpression(entry.text)));
}

interface Knowledge {
  /** `-u`. */
  readonly user: string | undefined;
  /** The hosts of inventories. */
  readonly listed: readonly HostEntry[];
  lookUp(host: AskedHost): KnownHost;
}

/**
 * The one place where a target becomes a node. For anything it does not say itself the inventory's word on its host
 * counts, then -u, then ssh_config; the local account's name is looked up only when a target needs it.
 */
function nodeMaker({ user: given, listed: hosts, lookUp }: Knowledge): (target: Target) => Node {
  const chosen = given === undefined ? undefined : parseUser(given, '-u');
  let ownUser: string | undefined;
  const ofInventory = new Map(hosts.map(({ target }) => [target.host.toLowerCase(), target]));
  return (target) => {
    const { host } = target;
    const listed = ofInventory.get(host.toLowerCase());
    const { port: named = listed?.port, address = listed?.address } = target;
    const asked = { host: address ?? host, user: target.user ?? listed?.user ?? chosen, port: named };
    const said = lookUp(asked);
    if (said.user === undefined) ownUser ??= parseUser(localUser(), 'the local account');
    const user = said.user ?? ownUser ?? '';
    if (said.user !== asked.user) parseUser(user, `User of ${quoteInput(asked.host)} in ssh_config`);
    const port = said.port ?? SSH_PORT;
    const node = { id: nodeId(user, host, port), user, host, port, given: host };
    return address === undefined ? node : { ...node, address };
  };
}

function localUser(): string {
  const name = accountName();
  if (name !== undefined) return name;
  throw new LockstepError('usage', 'the local account has no name to log in with', {
    hint: 'give the user with -u, or write user@host',
  });
}

function noTargets(entries: readonly Entry[]): LockstepError {
  const written = entries.flatMap((entry) => ('text' in entry ? [entry.text] : []));
  if (written.length === 0)
    return new LockstepError('usage', 'no targets: the host lists are empty', {
      hint: 'a host list has one [user@]host[:port] a line',
    });
  if (entries.every(isExclusion))
    return new LockstepError('usage', 'no targets: ! leaves nodes out, and none is named', {
      hint: "name those that it leaves them out of, as in -o ./hosts -o '!web3'",
    });
  if (written.every((text) => /^run:[^&!]*$/.test(text)))
    return new LockstepError('usage', `no targets: no node is in ${written.map(quoteInput).join(' or ')}`, {
      hint: 'lockstep show RUN tells how the nodes of a run ended',
    });
  return new LockstepError('usage', 'no targets: & and ! leave none of those named', {
    hint: 'give each of the targets alone, with --list, and see what it is',
  });
}
