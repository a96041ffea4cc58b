// FindCoordinator (key 10), key type group. All other types are refused with INVALID_REQUEST: share groups (v6) and
// unknown types as Kafka does where the feature is off, and transactional ids, since there is no coordinator for them
// yet. "Not available" would have a transactional producer ask again for a minute, and then speak of a timeout.

import type { Task } from '../../base/task.ts';
import type { FoundCoordinator } from '../../cluster/group-coordinator.ts';
import { ErrorCode, errorText } from '../../errors.ts';
import { findCoordinator } from '../../protocol/apis/find-coordinator.ts';
import { handler, type RequestContext, respond } from '../handler.ts';

const groupKeyType = 0;
const transactionKeyType = 1;

export const findCoordinatorHandler = handler({
  api: findCoordinator,
  *handle(request, context) {
    if (context.version >= 4) {
      const coordinators = [];
      for (const key of request.coordinatorKeys) {
        const found = yield* find(request.keyType, key, context);
        coordinators.push({ key, ...found, errorMessage: messageOf(found, request.keyType) });
      }
      return respond({
        throttleTimeMs: 0,
        errorCode: 0,
        errorMessage: null,
        nodeId: 0,
        host: '',
        port: 0,
        coordinators,
      });
    }
    const found = yield* find(request.keyType, request.key, context);
    const errorMessage = messageOf(found, request.keyType);
    return respond({ throttleTimeMs: 0, ...found, errorMessage, coordinators: [] });
  },
});

function* find(keyType: number, key: string, context: RequestContext): Task<FoundCoordinator> {
  if (keyType === groupKeyType) return yield* context.services.groups.findCoordinator(key);
  return { errorCode: ErrorCode.INVALID_REQUEST, nodeId: -1, host: '', port: -1 };
}

function messageOf({ errorCode }: FoundCoordinator, keyType: number): string | null {
  if (errorCode === ErrorCode.NONE) return null;
  return keyType === transactionKeyType ? 'there is no transaction coordinator' : errorText(errorCode);
}
