/** A rollout file as it was read: tags and hosts by name, nothing resolved. */
import type { Share } from '../core/share.ts';
import type { RolloutRules } from '../schedule/rollout-rules.ts';
import type { ListedTarget } from '../targets/host-list.ts';
import type { Place } from './mistakes.ts';

export interface RolloutFile {
  /** By their whole names, `coast.east`; parents stand before their children. */
  readonly tags: ReadonlyMap<string, Tag>;
  readonly threads: readonly ThreadWish[];
  readonly limits: readonly LimitWish[];
  readonly hooks: Hooks;
  readonly retry: RolloutRules['retry'];
  readonly onFailure: RolloutRules['onFailure'];
  readonly maxFailures: Share | undefined;
  readonly unreachable: RolloutRules['unreachable'];
}

export interface Tag {
  /** The whole names of its values: a tag has values or hosts. */
  readonly values: readonly string[];
  readonly hosts: readonly ListedTarget[];
  /** `$Racks row7`: what these programs print are its hosts, too. */
  readonly calls: readonly PluginCall[];
}

export interface PluginCall {
  readonly plugin: string;
  /** As the file has it; where it holds a slash, its directory is that of the file. */
  readonly program: string;
  readonly args: readonly string[];
  readonly place: Place;
}

/** `$tag`, or hosts. */
export type Ref =
  | { readonly kind: 'tag'; readonly name: string; readonly place: Place }
  | { readonly kind: 'hosts'; readonly entry: ListedTarget; readonly place: Place };

export type TagRef = Extract<Ref, { readonly kind: 'tag' }>;

export interface ThreadWish {
  /** Empty for the one that has none. */
  readonly name: string;
  readonly steps: readonly Ref[];
  /** Only the nodes of all of these. */
  readonly within: readonly TagRef[];
  /** One for each value of this tag. */
  readonly per: TagRef | undefined;
  readonly require: 'success' | 'finished';
  readonly pause: { readonly ms: number } | 'confirm' | undefined;
  readonly place: Place;
}

export interface LimitWish {
  /** The nodes that have all of these; outermost first, at least one. */
  readonly of: readonly TagRef[];
  readonly max: Share;
  readonly per: TagRef | undefined;
  readonly place: Place;
}

/** Commands around that of each node, on the node. */
export interface Hooks {
  readonly before?: string;
  readonly after?: string;
  readonly onFailure?: string;
}
