// The script of the story page out of its modules: each becomes a function that gives its exports, in the order in
// which they need each other. Just enough for modules written by us: named imports of files and named exports of
// declarations. Rejected: a bundler, which would be a dependency of every report.

/** Reads a module as JavaScript, without types. */
export type ReadModule = (path: string) => string;

const importLine = /^import\s*\{([^}]*)\}\s*from\s*['"]([^'"]+)['"];?[ \t]*$/gm;
const exported = /^export (?=(?:function\*?|const|let|class) ([A-Za-z_$][\w$]*))/gm;

export function bundle(entry: string, read: ReadModule): string {
  const names = new Map<string, string>();
  const parts: string[] = [];
  const visit = (path: string): string => {
    const known = names.get(path);
    if (known !== undefined) return known;
    const name = `module${names.size}`;
    names.set(path, name);
    const code = withoutComments(read(path)).replace(importLine, (_, what: string, target: string) => {
      const wanted = what
        .split(',')
        .map((one) => one.trim().replace(/\s+as\s+/, ': '))
        .filter((one) => one !== '');
      return wanted.length === 0 ? '' : `const { ${wanted.join(', ')} } = ${visit(joined(path, target))};`;
    });
    const exports = [...code.matchAll(exported)].map((match) => match[1] as string);
    const body = code.replace(exported, '');
    const left = /^(?:import|export)\b.*$/m.exec(body);
    if (left !== null) throw new Error(`${path}: the script of a page cannot be made of "${left[0]}"`);
    parts.push(`const ${name} = (() => {\n${body.trim()}\nreturn { ${exports.join(', ')} };\n})();`);
    return name;
  };
  visit(entry);
  const code = `(() => {\n'use strict';\n${parts.join('\n')}\n})();`;
  if (/<\/script|<!--/i.test(code)) throw new Error('the script of a page must not end itself');
  return code;
}

/** Comments that have their lines to themselves, and empty lines: readers of the page do not need them. */
function withoutComments(code: string): string {
  return code
    .replace(/^[ \t]*\/\*\*[\s\S]*?\*\/[ \t]*$/gm, '')
    .replace(/^[ \t]*\/\/.*$/gm, '')
    .replace(/[ \t]+$/gm, '')
    .replace(/\n{2,}/g, '\n');
}

/** `../columns.ts` as `reports/story-page/browser/main.ts` means it. */
function joined(path: string, target: string): string {
  const parts = path.split('/').slice(0, -1);
  for (const part of target.split('/')) {
    if (part === '..') parts.pop();
    else if (part !== '.') parts.push(part);
  }
  return parts.join('/');
}
