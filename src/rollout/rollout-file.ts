/** A rollout file as read: tags and hosts by name, nothing resolved. */
import type { Share } from '../core/share.ts';
import type { RolloutRules } from '../schedule/rollout-rules.ts';
import type { ListedTarget } from '../targets/host-list.ts';
import type { PositionText } from './mistakes.ts';

export interface RolloutFile {
  /** By their whole names, `coast.east`; parents come before their children. */
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
  /** `$Racks row7`: hosts that these programs print belong to it, too. */
  readonly calls: readonly PluginCall[];
}

export interface PluginCall {
  readonly plugin: string;
  /** As in the file; a name with a slash counts from the file's directory. */
  readonly program: string;
  readonly args: readonly string[];
  readonly place: PositionText;
}

/** `$tag`, or hosts. */
export type Ref =
  | { readonly kind: 'tag'; readonly name: string; readonly place: PositionText }
  | { readonly kind: 'hosts'; readonly entry: ListedTarget; readonly place: PositionText };

export type TagRef = Extract<Ref, { readonly kind: 'tag' }>;

export interface ThreadWish {
  /** Empty for a thread without a name. */
  readonly name: string;
  readonly steps: readonly Ref[];
  /** Only the nodes of all of these. */
  readonly within: readonly TagRef[];
  /** One thread for each value of this tag. */
  readonly per: TagRef | undefined;
  readonly require: 'success' | 'finished';
  readonly pause: { readonly ms: number } | 'confirm' | undefined;
  readonly place: PositionText;
}

export interface LimitWish {
  /** The nodes that have all of these; outermost first, at least one. */
  readonly of: readonly TagRef[];
  readonly max: Share;
  readonly per: TagRef | undefined;
  readonly place: PositionText;
}

/** Commands that run on each node around its own. */
export interface Hooks {
  readonly before?: string;
  readonly after?: string;
  readonly onFailure?: string;
}
