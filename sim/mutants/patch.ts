// Lays a mutant over the engine while this thread loads it. Call it before anything of the engine is loaded: a module
// that is there already stays healthy, and `unapplied` then names it. Worldly, because it hooks into Node's loader.

import { registerHooks } from 'node:module';
import { edited, type Mutant } from './mutant.ts';

/** The folder that the files of edits are counted from: of a checkout, since the published package has no sources. */
const root = new URL('../../', import.meta.url).href;

export interface Patching {
  /** Files with an edit that have not been loaded with it. */
  unapplied(): readonly string[];
}

export function install({ edits }: Mutant): Patching {
  return installEdits(
    edits.map(({ file }) => file),
    (file, text) => edited(file, text, edits),
  );
}

/** The same with any change of a file's text; files count from the root of the project. */
export function installEdits(
  files: readonly string[],
  change: (file: string, text: string) => string,
): Patching {
  const waiting = new Set(files);
  registerHooks({
    load(url, context, nextLoad) {
      const loaded = nextLoad(url, context);
      const file = url.startsWith(root) ? url.slice(root.length) : '';
      if (!waiting.has(file) || loaded.source === undefined || loaded.source === null) return loaded;
      waiting.delete(file);
      const { source } = loaded;
      const text = typeof source === 'string' ? source : new TextDecoder().decode(source);
      return { ...loaded, source: change(file, text) };
    },
  });
  return { unapplied: () => [...waiting] };
}
