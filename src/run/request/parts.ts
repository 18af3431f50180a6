/** The parts from which the values of a request are made. */
import * as z from 'zod/mini';
import { LIMITS } from '../../core/limits/limits.ts';

/** A text that ends up in argv, in lines, or in names of files. */
export const text = z.string().check(z.refine((value) => !value.includes('\0'), 'holds a NUL'));
export const words = z.readonly(z.array(text));
export const line = text.check(z.refine((value) => !value.includes('\n'), 'holds a newline'));
export const flag = z._default(z.boolean(), false);
export const timeMs = (min: number) => z.int().check(z.minimum(min), z.maximum(LIMITS.durationMsMax));
