/** Bounds of any YAML file. */
export const YAML_LIMITS = {
  /** Lists and tables in each other: what people write has ten. */
  depthMax: 100,
  aliasesMax: 100,
} as const;
