// Slips in what makes a record safe on more than one broker: acknowledgements, the high watermark, the ISR, truncation.

import type { Mutant } from './mutant.ts';

export const replicationMutants: readonly Mutant[] = [
  {
    name: 'acks-all-without-followers',
    slip: 'acks=all is answered after the append of the leader alone',
    origin: 'slip',
    edits: [
      {
        file: 'engine/server/handlers/produce.ts',
        find: 'if (request.acks === -1 && answer.errorCode === ErrorCode.NONE)',
        replace: 'if (request.acks === -2 && answer.errorCode === ErrorCode.NONE)',
      },
    ],
    scenarios: ['acks/acks-all-failover-storm'],
  },
];
