// Is this well-formed? A small reader of tags, strict where XML is strict, so that one character escaped in the wrong
// place makes a test fail. It knows no entities but the five of XML and numbers, and no document types.

/** What is wrong with `markup`; undefined when it is well-formed. `voids` are elements without an end. */
export function malformed(markup: string, voids: readonly string[] = []): string | undefined {
  const open: string[] = [];
  let rest = markup
    .replace(/^<\?xml [^>]*\?>\n|^<!doctype html>\n/, '')
    .replace(/<style>[^<]*<\/style>/g, '');
  while (rest !== '') {
    const text = /^[^<]+/.exec(rest)?.[0] ?? '';
    const wrong = badText(text);
    if (wrong !== undefined) return wrong;
    rest = rest.slice(text.length);
    if (rest === '') break;
    const tag = /^<(\/?)([a-zA-Z][\w-]*)((?:\s+[\w:-]+="[^"<]*"|\s+open)*)\s*(\/?)>/.exec(rest);
    if (tag === null) return `not a tag: ${rest.slice(0, 60)}`;
    rest = rest.slice(tag[0].length);
    const [, end, name = '', attributes = '', empty] = tag;
    const bad = badText(attributes);
    if (bad !== undefined) return bad;
    if (end === '/') {
      const opened = open.pop();
      if (opened !== name) return `</${name}> ends <${opened}>`;
    } else if (empty !== '/' && !voids.includes(name)) open.push(name);
  }
  return open.length === 0 ? undefined : `<${open.join('><')}> never end`;
}

function badText(text: string): string | undefined {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: finding control characters is the purpose
  const control = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/.exec(text);
  if (control !== null || !text.isWellFormed())
    return `a character that cannot be written in ${text.slice(0, 60)}`;
  const ampersand = /&(?!(amp|lt|gt|quot|apos|#\d+|#x[0-9a-fA-F]+);)/.exec(text);
  return ampersand === null ? undefined : `a bare & in ${text.slice(0, 60)}`;
}
