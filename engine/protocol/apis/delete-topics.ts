// DeleteTopics (key 20): deletes topics.

import { api, array, int16, int32, list, string, struct, uuid } from '../schema.ts';

export const deleteTopics = api({
  key: 20,
  name: 'DeleteTopics',
  versions: '1-6',
  flexible: '4+',
  request: struct({
    topics: array(
      '6+',
      struct({
        name: string('6+', { nullable: '6+', default: null }),
        topicId: uuid('6+'),
      }),
    ),
    topicNames: list('0-5', 'string', { ignorable: true }),
    timeoutMs: int32('0+'),
  }),
  response: struct({
    throttleTimeMs: int32('1+', { ignorable: true }),
    responses: array(
      '0+',
      struct({
        name: string('0+', { nullable: '6+' }),
        topicId: uuid('6+', { ignorable: true }),
        errorCode: int16('0+'),
        errorMessage: string('5+', { nullable: '5+', ignorable: true, default: null }),
      }),
    ),
  }),
});
