// DeleteTopics (key 20): deletes topics, by name or, since v6, by id.
//
// v1-5 carry a list of names; v6 carries structs with a nullable name and an id, of which exactly one is
// given, and answers with both. v3 may answer TOPIC_DELETION_DISABLED, v4 brings compact lengths, v5 an error
// message and THROTTLING_QUOTA_EXCEEDED. v0 is gone since Kafka 4.0.
//
// Traps: an unknown name is UNKNOWN_TOPIC_OR_PARTITION, an unknown id UNKNOWN_TOPIC_ID; name and id together
// are INVALID_REQUEST. Who may not describe a topic must not learn its name from its id.

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
