// The slips that can be drawn: what a hand may do to one piece of an expression or a statement without anybody's types
// complaining. The usual operators of mutation testing (Offutt and others; PIT, Stryker), kept to those that a person
// commits: a boundary, a check the wrong way around or forgotten, a call left out, one too many.

/** A piece of a parsed module: ESTree, with positions in characters. */
export interface Piece extends Range {
  readonly type: string;
  readonly [more: string]: unknown;
}

/** From `start` up to `end`, in characters from the beginning of the file. */
export interface Range {
  readonly start: number;
  readonly end: number;
}

/** One edit: `text` instead of what stands in the range. */
export interface Slip extends Range {
  /** Stable: `boundary`. */
  readonly operator: string;
  readonly text: string;
}

type Swaps = Readonly<Record<string, readonly [operator: string, instead: string]>>;

const binary: Swaps = {
  '<': ['boundary', '<='],
  '<=': ['boundary', '<'],
  '>': ['boundary', '>='],
  '>=': ['boundary', '>'],
  '===': ['opposite', '!=='],
  '!==': ['opposite', '==='],
  '+': ['arithmetic', '-'],
  '-': ['arithmetic', '+'],
  '*': ['arithmetic', '/'],
  '/': ['arithmetic', '*'],
};
const logical: Swaps = { '&&': ['and-or', '||'], '||': ['and-or', '&&'] };
const assigned: Swaps = { '+=': ['arithmetic', '-='], '-=': ['arithmetic', '+='] };
const counted: Swaps = { '++': ['arithmetic', '--'], '--': ['arithmetic', '++'] };
const bitwise = new Set(['&', '|', '^', '<<', '>>', '>>>']);

/** The slips of one piece, without those of its parts. `parent` is what it stands in. */
export function slipsOf(piece: Piece, parent: Piece | undefined, source: string): Slip[] {
  const part = (name: string) => piece[name] as Piece;
  switch (piece.type) {
    case 'BinaryExpression':
      return isJoining(piece) ? [] : between(piece, 'left', 'right', binary, source);
    case 'LogicalExpression':
      return between(piece, 'left', 'right', logical, source);
    case 'AssignmentExpression':
      return isText(part('right')) ? [] : between(piece, 'left', 'right', assigned, source);
    case 'UpdateExpression':
      return updated(piece);
    case 'UnaryExpression':
      return piece['operator'] === '!' ? [replaced('negation', piece, textOf(part('argument'), source))] : [];
    case 'IfStatement':
    case 'ConditionalExpression':
      return decided(part('test'), source);
    case 'ExpressionStatement':
      return forgotten(piece);
    case 'MemberExpression':
      return extreme(piece, source);
    case 'Literal':
      return literal(piece, parent);
    default:
      return [];
  }
}

/** The operator between two parts, exchanged. */
function between(piece: Piece, left: string, right: string, swaps: Swaps, source: string): Slip[] {
  const operator = piece['operator'] as string;
  const swap = Object.hasOwn(swaps, operator) ? swaps[operator] : undefined;
  if (swap === undefined) return [];
  const start = source.indexOf(operator, (piece[left] as Piece).end);
  if (start < 0 || start >= (piece[right] as Piece).start) return [];
  return [{ operator: swap[0], start, end: start + operator.length, text: swap[1] }];
}

function updated(piece: Piece): Slip[] {
  const [operator, text] = counted[piece['operator'] as string] as [string, string];
  const start = piece['prefix'] === true ? piece.start : piece.end - text.length;
  return [{ operator, start, end: start + text.length, text }];
}

/** A check that is made and not heeded, one way and the other. */
function decided(test: Piece, source: string): Slip[] {
  const text = textOf(test, source);
  return [replaced('never', test, `((${text}) && false)`), replaced('always', test, `((${text}) || true)`)];
}

/** A call, or what was to be remembered, is left out. */
function forgotten(statement: Piece): Slip[] {
  const done = unwrapped(statement['expression'] as Piece);
  const isCall = done.type === 'CallExpression' && (done['callee'] as Piece).type !== 'Super';
  const isChange = done.type === 'AssignmentExpression' || done.type === 'UpdateExpression';
  return isCall || isChange ? [replaced('forgotten', statement, ';')] : [];
}

/** `yield* f()` and `await f()` are calls as well. */
function unwrapped(piece: Piece): Piece {
  const isWaiting = piece.type === 'YieldExpression' || piece.type === 'AwaitExpression';
  const argument = piece['argument'] as Piece | null | undefined;
  return isWaiting && argument !== null && argument !== undefined ? unwrapped(argument) : piece;
}

function extreme(piece: Piece, source: string): Slip[] {
  const text = textOf(piece, source);
  if (text === 'Math.min') return [replaced('extreme', piece, 'Math.max')];
  return text === 'Math.max' ? [replaced('extreme', piece, 'Math.min')] : [];
}

/** True for false; and one too many, where a number is reckoned with, compared or handed on. */
function literal(piece: Piece, parent: Piece | undefined): Slip[] {
  const value = piece['value'];
  if (typeof value === 'boolean') return [replaced('boolean', piece, String(!value))];
  if (typeof value !== 'number' || !Number.isInteger(value) || parent === undefined) return [];
  const isReckoned = parent.type === 'BinaryExpression' && !bitwise.has(parent['operator'] as string);
  const isHanded = parent.type === 'CallExpression' || parent.type === 'ReturnStatement';
  return isReckoned || isHanded ? [replaced('one-more', piece, String(value + 1))] : [];
}

/** Whether it makes one text of two: these are for people. */
function isJoining(piece: Piece): boolean {
  return piece['operator'] === '+' && [piece['left'], piece['right']].some((part) => isText(part as Piece));
}

function isText(piece: Piece): boolean {
  if (piece.type === 'BinaryExpression') return isJoining(piece);
  return piece.type === 'TemplateLiteral' || (piece.type === 'Literal' && typeof piece['value'] === 'string');
}

function replaced(operator: string, { start, end }: Piece, text: string): Slip {
  return { operator, start, end, text };
}

function textOf({ start, end }: Piece, source: string): string {
  return source.slice(start, end);
}
