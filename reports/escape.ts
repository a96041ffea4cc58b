// Escaping, in one place: whatever comes out of a run (topic names, client names, error texts, stacks) is hostile
// until it went through here. XML 1.0 has characters that cannot be written at all, not even escaped; they become
// U+FFFD.

const escapes: ReadonlyMap<string, string> = new Map([
  ['&', '&amp;'],
  ['<', '&lt;'],
  ['>', '&gt;'],
  ['"', '&quot;'],
  ["'", '&#39;'],
]);

/** Text for HTML and SVG: between tags and inside quoted attributes alike. */
export function html(text: string): string {
  return writable(text).replace(/[&<>"']/g, (character) => escapes.get(character) as string);
}

/** Text for XML: the same, and line ends inside attributes survive the parser. */
export function xmlAttribute(text: string): string {
  return html(text).replace(/[\t\n\r]/g, (character) => `&#${character.charCodeAt(0)};`);
}

export function xmlText(text: string): string {
  return html(text);
}

/** Text for a terminal: control characters must not move the cursor or change colours. */
export function plain(text: string): string {
  return writable(text).replace(/[\u007f-\u009f]/g, '\ufffd');
}

/** A name that may stand in an `id` and in a link to it. */
export function anchor(text: string): string {
  return (
    text
      .toLowerCase()
      .replace(/[^a-z0-9]+/g, '-')
      .replace(/^-+|-+$/g, '') || 'x'
  );
}

/** What neither HTML nor XML 1.0 can say: control characters, lone surrogates, the two non-characters. */
export function writable(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: finding control characters is the purpose
  return text.toWellFormed().replace(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/g, '\ufffd');
}
