/** The sh texts are files of their own, so that shellcheck and the shells' tests read what the nodes run. */
declare module '*.sh' {
  const text: string;
  export default text;
}

/** The sync tool that ships has no ending: it is installed under this very name. */
declare module '*/sync-tool/sync' {
  const text: string;
  export default text;
}
