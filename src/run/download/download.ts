/** Brings files of every node here: each node sends one archive, which is unpacked as it comes, and put in place once it is whole. */
import { LockstepError } from '../../core/errors.ts';
import type { ChannelResult } from '../../core/outcome.ts';
import { systemErrorText } from '../../core/system-error.ts';
import { unlessAborted } from '../../core/waiting.ts';
import { quoteAll } from '../../node/quote.ts';
import { SEND_TEXT } from '../../node/texts.ts';
import { ByteSource } from '../../transfer/pull/byte-source.ts';
import { type Unpacked, unpack } from '../../transfer/pull/unpack.ts';
import { commandFor, type HeldRun, type Site } from '../held-run.ts';
import type { WorkOf } from '../request/request.ts';
import { Places } from './place.ts';
import { SaidByTar } from './said-by-tar.ts';

/** Resolves when the files of every node are in place. Rejects with `download-failed` for nodes whose files are not. */
export async function download(work: HeldRun, asked: WorkOf<'download'>): Promise<void> {
  const { sites, held, tell, identity } = work;
  held.check();
  tell({ type: 'phase', phase: 'exec', nodes: sites.length });
  const places = await Places.open(asked.into, identity.run);
  let pulls: readonly Pull[] = [];
  const allEnded = () => Promise.all(pulls.map((pull) => pull.ended));
  try {
    await unlessAborted(held.signal, places.removeDead());
    const others = await places.warningOfOthers();
    if (others !== undefined) tell({ type: 'log', level: 'warn', message: others });
    pulls = sites.map((site) => new Pull(work, site, { asked, places }));
    const failures = (await unlessAborted(held.signal, allEnded())).filter((error) => error !== undefined);
    if (failures.length > 0) throw downloadError(failures, sites.length);
  } finally {
    for (const pull of pulls) pull.stop();
    await allEnded();
    const left = await places.close();
    if (left !== undefined) tell({ type: 'log', level: 'warn', message: left });
  }
}

function downloadError(failures: readonly LockstepError[], nodes: number): LockstepError {
  const where = `on ${failures.length} of ${nodes} nodes`;
  const hint = failures.map((failure) => failure.hint).find((one) => one !== undefined);
  return new LockstepError('download-failed', `can't download files of the remote nodes: failed ${where}`, {
    causes: failures,
    brief: { text: `the download failed ${where}`, causes: failures },
    ...(hint === undefined ? {} : { hint }),
  });
}

interface Parts {
  readonly asked: WorkOf<'download'>;
  readonly places: Places;
}

/** The files of one node. */
class Pull {
  /** Why they are not in place; undefined if they are. Never rejects. */
  readonly ended: Promise<LockstepError | undefined>;
  readonly #work: HeldRun;
  readonly #site: Site;
  readonly #parts: Parts;
  readonly #source: ByteSource;
  readonly #said: SaidByTar;
  #isStopped = false;
  #tellOver: (reason: Error) => void = () => {};
  readonly #over = new Promise<never>((_, reject) => {
    this.#tellOver = reject;
  });

  constructor(work: HeldRun, site: Site, parts: Parts) {
    this.#work = work;
    this.#site = site;
    this.#parts = parts;
    this.#source = new ByteSource(parts.asked.bytesMax, work.traffic.turns());
    this.#said = new SaidByTar(parts.asked.paths);
    this.#over.catch(() => {});
    this.ended = this.#run();
  }

  /** The run is over: writes nothing more. */
  stop(): void {
    const over = new Error('the run is over');
    this.#isStopped = true;
    this.#source.fail(over);
    this.#tellOver(over);
  }

  async #run(): Promise<LockstepError | undefined> {
    const { tell, outcomes } = this.#work;
    const { node } = this.#site;
    const { places } = this.#parts;
    try {
      const stage = await places.stage(node);
      // The disk here may have taken longer than a lease.
      this.#work.held.check();
      const unpacked = await this.#unpack(stage);
      this.#work.held.check();
      if (this.#isStopped) throw new Error('the run is over');
      await places.commit(node);
      const { files, bytes, leftOut, leftOutCount } = unpacked;
      tell({ type: 'output-end', node });
      if (leftOutCount > 0)
        tell({ type: 'log', level: 'warn', node, message: leftOutText(leftOut, leftOutCount) });
      tell({ type: 'pulled', node, path: places.pathOf(node), files, bytes, leftOut: leftOutCount });
      outcomes.settle(node, { kind: 'ok' }, 'exec');
      return undefined;
    } catch (thrown) {
      tell({ type: 'output-end', node });
      const error =
        thrown instanceof LockstepError ? thrown.of(node, undefined) : failure(thrown).of(node, undefined);
      if (!this.#isStopped) outcomes.settle(node, { kind: 'refused', error }, 'exec');
      return error;
    }
  }

  async #unpack(stage: string): Promise<Unpacked> {
    const { paths } = this.#parts.asked;
    const sent = this.#send();
    const unpacking = unpack(this.#source, stage, paths.map(memberOf));
    // Drops whatever else the node sends, and tells it to end.
    unpacking.catch((error: Error) => {
      this.#source.fail(error);
      this.#site.keeper.endWorkers();
    });
    // When the run is over, the keepers end what still sends; they hear so once nobody waits here any more.
    const [unpacked, result] = await Promise.allSettled([unpacking, Promise.race([sent, this.#over])]);
    const end: ChannelResult =
      result.status === 'fulfilled' ? result.value : { kind: 'lost', reason: systemErrorText(result.reason) };
    // Its own words say more than that something is missing.
    const isCut = unpacked.status === 'rejected' && /cut|too early|not in what/.test(String(unpacked.reason));
    if (unpacked.status === 'rejected' && !isCut) throw unpacked.reason;
    if (end.kind !== 'code') throw new LockstepError('download-failed', endingText(end));
    if (end.code !== 0 && !this.#said.isHarmless) {
      const words = this.#said.lastWords.replace(/^tar: /, '') || 'it says nothing more';
      throw new LockstepError('download-failed', `it ended with code ${end.code}: ${words}`);
    }
    if (unpacked.status === 'rejected') throw unpacked.reason;
    return unpacked.value;
  }

  async #send(): Promise<ChannelResult> {
    const { asked } = this.#parts;
    const { node, keeper } = this.#site;
    const isAbsolute = asked.paths.every((path) => path.startsWith('/'));
    const text = `set -- ${quoteAll(outermost(asked.paths.map(memberOf)))}\n${SEND_TEXT}`;
    const directory = isAbsolute ? '/' : asked.directory;
    const command = commandFor(this.#work, node, { text, directory, isOurs: true });
    this.#work.begunMs.set(node.id, this.#work.clock.monotonicMs());
    const result = await keeper.go(command, {
      onStdout: (chunk) => {
        this.#work.traffic.received(node, chunk.length);
        return this.#source.push(chunk);
      },
      onStderr: (chunk) => {
        this.#said.push(chunk.toString('latin1'));
        return this.#work.output({ type: 'output', node, stream: 'stderr', chunk, from: 'tar' });
      },
    });
    this.#said.end();
    this.#source.end();
    return result;
  }
}

/** The form of a path in tar, from the directory in which tar starts. */
function memberOf(path: string): string {
  return path.replace(/^\/+/, '').replace(/^(?:\.\/+)+/, '');
}

/** tar would send a path twice that lies below another one, or is named twice. */
function outermost(members: readonly string[]): string[] {
  const isInner = (member: string, other: string) =>
    other !== member && (other === '.' || member.startsWith(`${other}/`));
  return [...new Set(members)].filter((member) => !members.some((other) => isInner(member, other)));
}

function failure(thrown: unknown): LockstepError {
  const message = systemErrorText(thrown);
  const hint = /sends more than .* bytes/.test(message) ? '--max-bytes takes more' : undefined;
  return new LockstepError('download-failed', message, { hint });
}

function leftOutText(named: readonly string[], count: number): string {
  const more = count > named.length ? `, and ${count - named.length} more` : '';
  return `left out: ${named.join(', ')}${more}`;
}

function endingText(result: Exclude<ChannelResult, { kind: 'code' }>): string {
  return result.kind === 'signal' ? `it was ended by ${result.signal}` : `it was lost: ${result.reason}`;
}
