/**
 * What an Ansible inventory of any format says of hosts and groups, as a catalogue. Of all variables only those count
 * that say where to reach a host, with Ansible's precedence: `all`, outer groups, inner groups, the host. Pure.
 */
import type { Catalogue, Entry } from '../catalogue.ts';
import { GROUP_NAME } from '../expression.ts';
import { parseTarget, type Target } from '../parse-target.ts';
import { refuseAt, refusedAt } from '../refusal.ts';
import { expandAnsibleRange } from './range.ts';
import type { Vars } from './vars.ts';

interface Group {
  /** Each with its place: `FILE:LINE`, and a column if known. */
  readonly hosts: Map<string, string>;
  readonly children: Map<string, string>;
  vars: Vars;
}

export class Inventory {
  readonly #groups = new Map<string, Group>();
  readonly #hosts = new Map<string, { readonly target: Target; vars: Vars }>();

  addGroup(name: string, source: string): void {
    if (!GROUP_NAME.test(name))
      refuseAt(
        { text: name, source },
        'that is no name of a group',
        'letters, digits and . _ - : may stand in it',
      );
    if (!this.#groups.has(name)) this.#groups.set(name, { hosts: new Map(), children: new Map(), vars: {} });
  }

  addChild(group: string, child: string, source: string): void {
    this.addGroup(group, source);
    this.addGroup(child, source);
    this.#groups.get(group)?.children.set(child, source);
  }

  addGroupVars(group: string, vars: Vars, source: string): void {
    this.addGroup(group, source);
    const known = this.#groups.get(group);
    if (known !== undefined) known.vars = { ...known.vars, ...vars };
  }

  /** `text`: a host, or a range of Ansible's, perhaps with a port behind it. Throws LockstepError `usage`. */
  addHosts(group: string, text: string, vars: Vars, source: string): void {
    this.addGroup(group, source);
    for (const name of refusedAt({ text, source }, () => expandAnsibleRange(text))) {
      const target = refusedAt({ text: name, source }, () => parseTarget(name));
      this.#groups.get(group)?.hosts.set(target.host, source);
      this.addHostVars(target, vars);
    }
  }

  addHostVars(target: Target, vars: Vars): void {
    const known = this.#hosts.get(target.host);
    if (known === undefined) this.#hosts.set(target.host, { target, vars });
    else known.vars = { ...known.vars, ...vars };
  }

  /** `file`: its name as the user knows it. Throws LockstepError `usage` if a group contains itself. */
  catalogue(file: string): Catalogue {
    const targets = this.#targets();
    const groups = new Map<string, readonly Entry[]>();
    for (const [name, { hosts, children }] of this.#groups) {
      const own = [...hosts].flatMap(([host, source]) => {
        const target = targets.get(host);
        return target === undefined ? [] : [{ target, source }];
      });
      // `@all` means `all` anyway; the hosts of `all` itself are in no other group.
      if (name === 'all') groups.set('ungrouped', [...own, ...(groups.get('ungrouped') ?? [])]);
      else {
        const below = [...children].map(([child, source]) => ({ text: `@${child}`, source }));
        groups.set(name, [...(groups.get(name) ?? []), ...own, ...below]);
      }
    }
    return { groups, labels: new Map(), sources: [file] };
  }

  #targets(): Map<string, Target> {
    const targets = new Map<string, Target>();
    const outer = this.#groups.get('all')?.vars;
    for (const [host, { target }] of this.#hosts) targets.set(host, { ...target, ...outer });
    for (const [name, { vars }] of this.#outerFirst()) {
      if (name === 'all' || Object.keys(vars).length === 0) continue;
      for (const host of this.#hostsBelow(name)) {
        const known = targets.get(host);
        if (known !== undefined) targets.set(host, { ...known, ...vars });
      }
    }
    for (const [host, { target, vars }] of this.#hosts) {
      const known = targets.get(host) ?? target;
      // A port behind the name is as close to the host as its own variables.
      targets.set(host, { ...known, ...(target.port === undefined ? {} : { port: target.port }), ...vars });
    }
    return targets;
  }

  /** Of two groups at one depth the later name wins, as in Ansible. */
  #outerFirst(): [string, Group][] {
    const depths = new Map<string, number>();
    const visit = (name: string, path: readonly string[]) => {
      if (path.includes(name) || (depths.get(name) ?? -1) >= path.length) return;
      depths.set(name, path.length);
      for (const child of this.#groups.get(name)?.children.keys() ?? []) visit(child, [...path, name]);
    };
    for (const name of this.#groups.keys()) visit(name, []);
    const depthOf = (name: string) => depths.get(name) ?? 0;
    return [...this.#groups].sort(
      ([one], [other]) => depthOf(one) - depthOf(other) || (one < other ? -1 : 1),
    );
  }

  #hostsBelow(group: string, seen = new Set<string>()): Set<string> {
    const found = new Set<string>();
    if (seen.has(group)) return found;
    seen.add(group);
    const { hosts, children } = this.#groups.get(group) ?? { hosts: new Map(), children: new Map() };
    for (const host of hosts.keys()) found.add(host);
    for (const child of children.keys()) for (const host of this.#hostsBelow(child, seen)) found.add(host);
    return found;
  }
}
