/** The types of the options' values, derived from the table. */
import type { OptionRow } from './option-row.ts';
import type { TableRow } from './table.ts';

type ValueOf<Row extends OptionRow> = Row extends { readonly argument: string }
  ? Row extends { readonly repeats: true }
    ? readonly string[]
    : Given<Row> | (Row extends { readonly default: number | string } ? never : undefined)
  : Row extends { readonly repeats: true }
    ? number
    : boolean;

type Given<Row extends OptionRow> = Row extends { readonly kind: string }
  ? number
  : Row extends { readonly choices: readonly (infer Choice)[] }
    ? Choice
    : string;

/** One value for each row, by its long name. */
export type OptionValues = { readonly [Row in TableRow as Row['long']]: ValueOf<Row> };

/** One value for each row that names a field of this section of the request, by that field. */
export type FieldValues<Section extends string> = {
  readonly [Row in TableRow as Row extends { readonly field: `${Section}.${infer Name}` }
    ? Name
    : never]: ValueOf<Row>;
};
