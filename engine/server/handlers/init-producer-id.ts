// InitProducerId (versions 0 to 5): gives an idempotent producer its id, with epoch 0, from blocks that the controller
// hands out and never hands out again. An idempotent producer may tell its former id and epoch, both or neither; as in
// Kafka it simply gets a new id.
//
// Left out: transactional ids. There is no transaction coordinator yet, and saying "try again" for ever would only hide
// it: they are refused with INVALID_REQUEST, an empty one too.

import { ErrorCode } from '../../errors.ts';
import { initProducerId } from '../../protocol/apis/init-producer-id.ts';
import { handler, respond } from '../handler.ts';

export const initProducerIdHandler = handler({
  api: initProducerId,
  *handle(request, { services }) {
    if (request.transactionalId !== null) return respond(refused(ErrorCode.INVALID_REQUEST));
    const { producerId, producerEpoch } = request;
    if ((producerId === -1) !== (producerEpoch === -1)) return respond(refused(ErrorCode.INVALID_REQUEST));
    const allocated = yield* services.producerIds.next();
    if (!allocated.ok) return respond(refused(allocated.error));
    return respond({
      throttleTimeMs: 0,
      errorCode: ErrorCode.NONE,
      producerId: allocated.value,
      producerEpoch: 0,
    });
  },
});

function refused(errorCode: number) {
  return { throttleTimeMs: 0, errorCode, producerId: -1, producerEpoch: -1 };
}
