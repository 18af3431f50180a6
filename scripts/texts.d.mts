import type { Plugin } from 'esbuild';

export declare function textOf(path: string, source: string): string | undefined;
export declare const texts: Plugin;
