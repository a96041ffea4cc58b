// AllocateProducerIds (version 0), from brokers: a block of ids that nobody had before.

import { ErrorCode } from '../../errors.ts';
import { allocateProducerIds } from '../../protocol/apis/allocate-producer-ids.ts';
import { controllerHandler, respond } from '../handler.ts';

export const allocateProducerIdsHandler = controllerHandler({
  api: allocateProducerIds,
  *handle(request, { services }) {
    const block = yield* services.controller.allocateProducerIds(request.brokerId, request.brokerEpoch);
    if (!block.ok)
      return respond({ throttleTimeMs: 0, errorCode: block.error, producerIdStart: -1, producerIdLen: 0 });
    const { firstId, length } = block.value;
    return respond({
      throttleTimeMs: 0,
      errorCode: ErrorCode.NONE,
      producerIdStart: firstId,
      producerIdLen: length,
    });
  },
});
