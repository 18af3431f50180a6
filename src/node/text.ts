/**
 * A text of ours as a node gets it: comments and indentation are for readers of this repository only,
 * and each byte is sent to every node. The texts use no here-documents and no comment behind code.
 */
export function compact(text: string): string {
  return text
    .split('\n')
    .map((line) => line.trimStart())
    .filter((line) => line !== '' && !line.startsWith('#'))
    .join('\n');
}
