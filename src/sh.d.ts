/** The texts that nodes run are files of their own, so that shellcheck, perl, python and the shells' tests read what the nodes run. */
declare module '*.sh' {
  const text: string;
  export default text;
}

declare module '*.pl' {
  const text: string;
  export default text;
}

declare module '*.py' {
  const text: string;
  export default text;
}

/** The sync tool that ships has no ending: it is installed under this very name. */
declare module '*/sync-tool/sync' {
  const text: string;
  export default text;
}
