// Scenario text to a value, with the way back: every complaint names file, line and column.

import {
  findNodeAtLocation,
  getNodeValue,
  type Node,
  type ParseError,
  parseTree,
  printParseErrorCode,
} from 'jsonc-parser';

export interface Complaint {
  readonly line: number;
  readonly column: number;
  readonly message: string;
}

export interface ParsedText {
  readonly value: unknown;
  readonly complaints: readonly Complaint[];
  /** Where the value at `path` stands, or the nearest thing around it. */
  place(path: readonly (string | number)[], key?: string): { line: number; column: number };
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

function offsetOf(root: Node | undefined, path: readonly (string | number)[], key?: string): number {
  if (root === undefined) return 0;
  for (let length = path.length; length >= 0; length--) {
    const node = findNodeAtLocation(root, path.slice(0, length));
    if (node === undefined) continue;
    if (key === undefined || length < path.length) return node.offset;
    const property = node.children?.find((child) => child.children?.[0]?.value === key);
    return property?.offset ?? node.offset;
  }
  return 0;
}

function lineAndColumn(text: string, offset: number): { line: number; column: number } {
  const before = text.slice(0, offset).split('\n');
  return { line: before.length, column: (before.at(-1) ?? '').length + 1 };
}

/** `PropertyNameExpected` -> `property name expected`. */
function inWords(code: string): string {
  return code.replace(/(?!^)[A-Z]/g, (letter) => ` ${letter}`).toLowerCase();
}
