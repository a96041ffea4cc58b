// Text with comments to a value, and the way back from a path in the value to its line and column: for scenarios here,
// and for the workload files of `bench`.

import {
  findNodeAtLocation,
  getNodeValue,
  type Node,
  type ParseError,
  parseTree,
  printParseErrorCode,
} from 'jsonc-parser';

export interface Place {
  readonly line: number;
  readonly column: number;
}

export interface Complaint extends Place {
  readonly message: string;
}

export interface ParsedText {
  readonly value: unknown;
  readonly complaints: readonly Complaint[];
  /** Where the value at `path` stands, or its property `key`, or the nearest thing around them. */
  place(path: readonly PropertyKey[], key?: string): Place;
}

export function parseJsonc(text: string): ParsedText {
  const errors: ParseError[] = [];
  const root = parseTree(text, errors, { allowTrailingComma: true });
  return {
    value: root === undefined ? undefined : getNodeValue(root),
    complaints: errors.map(({ error, offset }) => ({
      ...lineAndColumn(text, offset),
      message: inWords(printParseErrorCode(error)),
    })),
    place: (path, key) => lineAndColumn(text, offsetOf(root, path, key)),
  };
}

/** The comment that a file opens with, without its slashes; empty when it opens with something else. */
export function openingComment(text: string): string {
  const lines: string[] = [];
  for (const line of text.split('\n')) {
    const comment = /^\s*\/\/ ?(.*)$/.exec(line);
    if (comment === null) break;
    lines.push((comment[1] as string).trimEnd());
  }
  return lines.join('\n').trim();
}

function offsetOf(root: Node | undefined, path: readonly PropertyKey[], key?: string): number {
  if (root === undefined) return 0;
  const steps = path.filter((step) => typeof step !== 'symbol');
  for (let length = steps.length; length >= 0; length--) {
    const node = findNodeAtLocation(root, steps.slice(0, length));
    if (node === undefined) continue;
    if (key === undefined || length < steps.length) return node.offset;
    const property = node.children?.find((child) => child.children?.[0]?.value === key);
    return property?.offset ?? node.offset;
  }
  return 0;
}

function lineAndColumn(text: string, offset: number): Place {
  const before = text.slice(0, offset).split('\n');
  return { line: before.length, column: (before.at(-1) ?? '').length + 1 };
}

/** `PropertyNameExpected` -> `property name expected`. */
function inWords(code: string): string {
  return code.replace(/(?!^)[A-Z]/g, (letter) => ` ${letter}`).toLowerCase();
}
