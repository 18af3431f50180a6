/** Bounds of any YAML file. */
export const YAML_LIMITS = {
  /** How deep lists and tables nest: what people write nests ten deep at most. */
  depthMax: 100,
  aliasesMax: 100,
} as const;
