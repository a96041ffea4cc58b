// The script of the story page, as it goes into the page: read from beside this file, in a checkout from its
// TypeScript, in the published package from what that became. This file touches disk and process, as main.ts does.

import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { stripTypeScriptTypes } from 'node:module';
import { fileURLToPath } from 'node:url';
import type { PageScript } from './page.ts';
import { bundle } from './story-page/bundle.ts';

let made: PageScript | undefined;

export function pageScript(): PageScript {
  made ??= makeScript();
  return made;
}

function makeScript(): PageScript {
  const isSource = import.meta.url.endsWith('.ts');
  const root = fileURLToPath(new URL('..', import.meta.url));
  const read = (path: string) => {
    const text = readFileSync(`${root}${path}`, 'utf8');
    return isSource ? withoutTypes(text) : text;
  };
  const code = bundle(`reports/story-page/browser/main.${isSource ? 'ts' : 'js'}`, read);
  return { code, sha256: createHash('sha256').update(code).digest('base64') };
}

/** Node says once that stripping types by this call is experimental; who runs from TypeScript knows. */
function withoutTypes(text: string): string {
  const { emitWarning } = process;
  process.emitWarning = () => {};
  try {
    return stripTypeScriptTypes(text);
  } finally {
    process.emitWarning = emitWarning;
  }
}
