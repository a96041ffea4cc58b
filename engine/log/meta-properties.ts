// `meta.properties`: to which cluster and node a log directory belongs, and the directory's own id. A Java
// properties file; of its escapes only the backslash before a separator is read, since nothing of ours needs
// any.

import { failure, type Outcome, success } from '../base/outcome.ts';
import type { Task } from '../base/task.ts';
import type { DiskError } from '../ports.ts';
import { fromUtf8, utf8 } from '../protocol/bytes.ts';
import type { Runtime } from '../runtime.ts';
import { damaged, joinPath, readWhole, replaceFile } from './files.ts';

export const metaPropertiesFileName = 'meta.properties';

export interface MetaProperties {
  readonly clusterId: string;
  readonly nodeId: number;
  readonly directoryId: string;
}

/** Reads the file, or writes the first one. A directory of another cluster or node is refused. */
export function* readMetaProperties(
  runtime: Runtime,
  directory: string,
  expected: { readonly nodeId: number; readonly clusterId: string | undefined },
): Task<Outcome<MetaProperties, DiskError>> {
  const path = joinPath(directory, metaPropertiesFileName);
  const bytes = yield* readWhole(runtime, path);
  if (!bytes.ok) {
    if (bytes.error.kind !== 'missing') return bytes;
    return yield* writeFirst(runtime, directory, expected);
  }
  const parsed = decodeMetaProperties(bytes.value);
  if (!parsed.ok) return damaged(path, parsed.error);
  const { clusterId, nodeId } = parsed.value;
  if (nodeId !== expected.nodeId) {
    return damaged(path, `the directory is of node ${nodeId}, not of node ${expected.nodeId}`);
  }
  if (expected.clusterId !== undefined && clusterId !== expected.clusterId) {
    return damaged(path, `the directory is of cluster ${clusterId}, not of cluster ${expected.clusterId}`);
  }
  return parsed;
}

function* writeFirst(
  runtime: Runtime,
  directory: string,
  expected: { readonly nodeId: number; readonly clusterId: string | undefined },
): Task<Outcome<MetaProperties, DiskError>> {
  const properties: MetaProperties = {
    clusterId: expected.clusterId ?? runtime.random.uuid(),
    nodeId: expected.nodeId,
    directoryId: runtime.random.uuid(),
  };
  const bytes = encodeMetaProperties(properties);
  const written = yield* replaceFile(runtime, directory, metaPropertiesFileName, bytes);
  return written.ok ? success(properties) : written;
}

export function encodeMetaProperties({ clusterId, nodeId, directoryId }: MetaProperties): Uint8Array {
  return utf8(`#\nversion=1\ncluster.id=${clusterId}\nnode.id=${nodeId}\ndirectory.id=${directoryId}\n`);
}

export function decodeMetaProperties(bytes: Uint8Array): Outcome<MetaProperties, string> {
  const values = new Map<string, string>();
  for (const line of fromUtf8(bytes).split(/\r?\n/)) {
    const match = /^\s*([^#!\s=:][^\s=:]*)\s*[=:\s]\s*(.*?)\s*$/.exec(line);
    if (match !== null) values.set(match[1] as string, (match[2] as string).replace(/\\(.)/g, '$1'));
  }
  const version = values.get('version');
  if (version !== '1') return failure(`version '${version ?? ''}' where 1 is known`);
  const clusterId = values.get('cluster.id');
  const nodeId = values.get('node.id');
  const directoryId = values.get('directory.id');
  if (clusterId === undefined || directoryId === undefined || nodeId === undefined || !/^\d+$/.test(nodeId)) {
    return failure('cluster.id, node.id and directory.id must be there');
  }
  return success({ clusterId, nodeId: Number(nodeId), directoryId });
}
