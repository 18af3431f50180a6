/** Output of nodes as text: with the node's name before each line, bare (-q), or as debug records (-v). */
import type { Node } from '../core/node.ts';
import { sanitiseLines, sanitiseWord } from '../text/sanitise.ts';
import { type Format, innerPrefix } from './format.ts';
import { fullLabel, nodeLabels } from './labels.ts';
import type { LogLook } from './look/log-look.ts';
import type { Terminal } from './terminal/terminal.ts';

const NEWLINE = 10;

/** `<host> line`. It sanitises bytes only for a terminal; a file or pipe gets them unchanged. */
export function prefixedFormat(nodes: readonly Node[], terminal: Terminal): Format {
  const labels = nodeLabels(nodes);
  return (source) => {
    const prefix = `${labels.get(source.node.id) ?? fullLabel(source.node)} ${innerPrefix(source)}`;
    const target = source.stream;
    if (terminal.isTTY(target)) {
      return { target, render: (lines) => frameLines(sanitiseLines(lines), { before: prefix, after: '' }) };
    }
    const prefixBytes = Buffer.from(prefix).toString('latin1');
    return { target, render: (lines) => frameBytes(lines, prefixBytes) };
  };
}

/** No prefix, and no newline that the node did not write. */
export function bareFormat(terminal: Terminal): Format {
  return ({ stream }) => ({
    target: stream,
    render: terminal.isTTY(stream) ? sanitiseLines : (lines) => lines,
  });
}

/** The same, but that on a terminal a last line without a newline gets one: the prompt, or another node's line, would go on behind it. */
export function quietFormat(terminal: Terminal): Format {
  const bare = bareFormat(terminal);
  return (source) => {
    const { target, render } = bare(source);
    if (!terminal.isTTY(target)) return { target, render };
    return { target, render, renderLast: (line) => `${render(line)}\n` };
  };
}

/** `2026-11-21 09:12:40 [DEBUG] {cmd} <stdout> [user@host:port] line`, all on stderr; each line is one record. */
export function verboseFormat({ now, look }: { now: () => Date; look: LogLook }): Format {
  return (source) => {
    const about = `{cmd} <${source.stream}> ${sanitiseWord(source.node.id)} ${innerPrefix(source)}`;
    return {
      target: 'stderr',
      render(lines) {
        const { before, after } = look('debug', now());
        return frameLines(sanitiseLines(lines), { before: before + about, after });
      },
    };
  };
}

function frameLines(lines: string, { before, after }: { before: string; after: string }): string {
  const body = lines.endsWith('\n') ? lines.slice(0, -1) : lines;
  return `${before}${body.split('\n').join(`${after}\n${before}`)}${after}\n`;
}

/** Latin-1 maps every byte to one character and back, so the bytes stay as they are and the search runs in native code. */
function frameBytes(lines: Buffer, prefix: string): Buffer {
  const bodyBytes = lines.at(-1) === NEWLINE ? lines.length - 1 : lines.length;
  const framed = prefix + lines.toString('latin1', 0, bodyBytes).split('\n').join(`\n${prefix}`);
  return Buffer.from(`${framed}\n`, 'latin1');
}
