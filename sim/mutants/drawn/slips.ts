// All the slips of one source file: parsed, walked, and asked piece by piece (operators.ts). Left out is what is no
// part of what the engine does: types, imports, what it tells (its trace and its marks: the judges' own eyes), the
// assertions (they are judges) and the texts of errors.
//
// Nothing here may load the engine: a thread asks for its slip before it loads one.

import { parseSync } from 'oxc-parser';
import { type Piece, type Range, type Slip, slipsOf } from './operators.ts';

export interface PlacedSlip extends Slip {
  /** From the root of the project. */
  readonly file: string;
  /** `engine/core/raft/ballots.ts:9:28:arithmetic`: line and column count from one. Only one slip has it. */
  readonly name: string;
  readonly line: number;
  /** The expression or statement that it changes: who evaluates that comes by. */
  readonly around: Range & { readonly isStatement: boolean };
  /** Whether only the loading of the module comes by, and no run. */
  readonly atLoading: boolean;
}

/** In the order in which they stand. `source` has to be TypeScript. */
export function slipsIn(file: string, source: string): PlacedSlip[] {
  const tree = parsed(file, source);
  if (tree === undefined) throw new Error(`${file} is no TypeScript`);
  const found = new Map<string, PlacedSlip>();
  for (const { piece, parent, atLoading } of walked(tree)) {
    for (const slip of slipsOf(piece, parent, source)) {
      const before = source.slice(0, slip.start);
      const line = (before.match(/\n/g)?.length ?? 0) + 1;
      const name = `${file}:${line}:${slip.start - before.lastIndexOf('\n')}:${slip.operator}`;
      const { start, end, type } = piece;
      const around = { start, end, isStatement: type.endsWith('Statement') };
      if (!found.has(name)) found.set(name, { ...slip, file, name, line, around, atLoading });
    }
  }
  return [...found.values()].sort((a, b) => a.start - b.start || (a.operator < b.operator ? -1 : 1));
}

/** Whether what is left after a slip is still TypeScript: `a ?? b && c` is not. */
export function parses(slip: PlacedSlip, source: string): boolean {
  return parsed(slip.file, withSlip(source, slip)) !== undefined;
}

export function withSlip(source: string, { start, end, text }: Slip): string {
  return source.slice(0, start) + text + source.slice(end);
}

/** The tree; undefined when it is no TypeScript. */
function parsed(file: string, source: string): Piece | undefined {
  const { program, errors } = parseSync(file, source);
  return errors.length === 0 ? (program as unknown as Piece) : undefined;
}

interface Walked {
  readonly piece: Piece;
  readonly parent: Piece | undefined;
  readonly atLoading: boolean;
}

function* walked(piece: Piece, parent?: Piece, atLoading = true): Generator<Walked> {
  if (isLeftOut(piece)) return;
  yield { piece, parent, atLoading };
  const isBody = /Function|PropertyDefinition/.test(piece.type) && piece['static'] !== true;
  for (const [name, value] of Object.entries(piece)) {
    for (const part of Array.isArray(value) ? value : [value]) {
      if (isPiece(part) && name !== 'parent') yield* walked(part, piece, atLoading && !isBody);
    }
  }
}

function isPiece(value: unknown): value is Piece {
  return typeof value === 'object' && value !== null && 'type' in value && 'start' in value;
}

/** Expressions that are wrapped in a type, and go on inside. */
const transparent = new Set(['TSAsExpression', 'TSNonNullExpression', 'TSSatisfiesExpression']);
const silent = new Set(['ImportDeclaration', 'ThrowStatement', 'TemplateLiteral']);
/** `trace.emit(...)`, `trace.wants(...)`, `runtime.reached(...)`. */
const telling = new Set(['emit', 'wants', 'reached']);

function isLeftOut(piece: Piece): boolean {
  if (silent.has(piece.type) || (piece.type.startsWith('TS') && !transparent.has(piece.type))) return true;
  if (piece.type === 'IfStatement') return isLeftOut(piece['test'] as Piece);
  if (piece.type === 'ExpressionStatement') return isLeftOut(piece['expression'] as Piece);
  if (piece.type !== 'CallExpression') return false;
  const callee = piece['callee'] as Piece;
  if (callee.type === 'Identifier') return callee['name'] === 'assert';
  const property = callee['property'] as Piece | undefined;
  return property !== undefined && telling.has(property['name'] as string);
}
