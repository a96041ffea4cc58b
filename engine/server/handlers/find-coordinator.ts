// FindCoordinator (key 10), key type group. Transactional ids answer COORDINATOR_NOT_AVAILABLE: there is no transaction
// coordinator yet, and a client that asks for one tries again until it gives up. Share groups (v6) and unknown types
// are refused with INVALID_REQUEST, as Kafka does where the feature is off.

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
        coordinators.push({ key, ...found, errorMessage: messageOf(found) });
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
    return respond({ throttleTimeMs: 0, ...found, errorMessage: messageOf(found), coordinators: [] });
  },
});

function* find(keyType: number, key: string, context: RequestContext): Task<FoundCoordinator> {
  if (keyType === groupKeyType) return yield* context.services.groups.findCoordinator(key);
  const errorCode =
    keyType === transactionKeyType ? ErrorCode.COORDINATOR_NOT_AVAILABLE : ErrorCode.INVALID_REQUEST;
  return { errorCode, nodeId: -1, host: '', port: -1 };
}

function messageOf({ errorCode }: FoundCoordinator): string | null {
  return errorCode === ErrorCode.NONE ? null : errorText(errorCode);
}
