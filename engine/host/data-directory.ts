// What a data directory tells before a broker opens it: the cluster that it belongs to.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { metaPropertiesFileName } from '../log/meta-properties.ts';
import { parseProperties } from './config-file.ts';

/** The cluster of the first of these directories that holds one; undefined when all are new. */
export function clusterIdIn(directories: readonly string[]): string | undefined {
  for (const directory of directories) {
    const text = textOf(join(directory, metaPropertiesFileName));
    const settings = text === undefined ? undefined : parseProperties(text, metaPropertiesFileName);
    const id = settings?.ok ? settings.value.get('cluster.id')?.value : undefined;
    if (id !== undefined) return id;
  }
  return undefined;
}

/** Undefined when there is no such file. What else is wrong with it is for the broker to tell, at its start. */
function textOf(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}
