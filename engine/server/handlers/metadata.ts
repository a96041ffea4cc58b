// Metadata (versions 0 to 13): brokers, and topics with their leaders. Version 0 asks for all topics with an
// empty list, later ones with null, where empty means none. Ids may be asked for from version 12 on; when one
// is, names are not looked at. Topics come in the order of the request, or of their creation.
//
// A topic that is not there is created in passing when broker and request allow it; the answer is
// UNKNOWN_TOPIC_OR_PARTITION all the same, this once, and the client comes back.

import type { TopicImage } from '../../core/metadata-image.ts';
import { isInternalTopic, topicNameProblem } from '../../core/topic-names.ts';
import { ErrorCode } from '../../errors.ts';
import { metadata } from '../../protocol/apis/metadata.ts';
import type { RequestOf, ResponseOf } from '../../protocol/schema.ts';
import { allClusterOperations, allTopicOperations, operationsNotAsked } from '../authorized-operations.ts';
import { brokerViews, partitionView } from '../cluster-view.ts';
import { handler, type RequestContext, respond } from '../handler.ts';
import type { Services } from '../services.ts';

type Request = RequestOf<typeof metadata>;
type TopicAnswer = ResponseOf<typeof metadata>['topics'][number];

const noId = 'AAAAAAAAAAAAAAAAAAAAAA';

export const metadataHandler = handler({
  api: metadata,
  *handle(request, context) {
    const { services, version } = context;
    if (version < 12 && asksForIds(request)) return respond(refusedWhole(request));
    return respond({
      throttleTimeMs: 0,
      brokers: brokerViews(services, false).map(({ id, host, port, rack }) => ({
        nodeId: id,
        host,
        port,
        rack,
      })),
      clusterId: services.clusterId,
      // Any live broker takes the requests that are meant for the controller.
      controllerId: services.metadata.nodeId,
      topics: topicsOf(request, context),
      clusterAuthorizedOperations:
        version >= 8 && version <= 10 && request.includeClusterAuthorizedOperations
          ? allClusterOperations
          : operationsNotAsked,
      errorCode: ErrorCode.NONE,
    });
  },
});

function asksForIds({ topics }: Request): boolean {
  return topics?.some((topic) => topic.name === null || topic.topicId !== noId) ?? false;
}

/** Versions 10 and 11 have room for ids that nobody may use: not even the brokers are told, as in Kafka. */
function refusedWhole({ topics }: Request) {
  return {
    throttleTimeMs: 0,
    brokers: [],
    controllerId: -1,
    errorCode: ErrorCode.NONE,
    topics: topics?.map(({ name, topicId }) => missing(ErrorCode.INVALID_REQUEST, name ?? '', topicId)) ?? [],
  };
}

function topicsOf(request: Request, { services, version }: RequestContext): TopicAnswer[] {
  const operations = request.includeTopicAuthorizedOperations ? allTopicOperations : operationsNotAsked;
  const { image } = services.metadata;
  const { topics } = request;
  if (topics === null || (version === 0 && topics.length === 0)) {
    return [...image.topics()].map((topic) => found(services, topic, operations));
  }
  const ids = new Set(topics.map((topic) => topic.topicId).filter((topicId) => topicId !== noId));
  if (ids.size > 0) {
    return [...ids].map((topicId) => {
      const topic = image.topicById(topicId);
      if (topic === undefined) return missing(ErrorCode.UNKNOWN_TOPIC_ID, null, topicId);
      return found(services, topic, operations);
    });
  }
  const names = [...new Set(topics.map((topic) => topic.name))];
  const answers = names.map((name) => {
    const topic = name === null ? undefined : image.topic(name);
    return topic === undefined ? unknown(name) : found(services, topic, operations);
  });
  createMissing(services, names, request.allowAutoTopicCreation);
  return answers;
}

function createMissing(services: Services, names: readonly (string | null)[], allowed: boolean): void {
  const { metadata } = services;
  if (!allowed || !metadata.brokerConfig.get('auto.create.topics.enable')) return;
  const wanted = names.filter(
    (name): name is string =>
      name !== null && topicNameProblem(name) === undefined && metadata.image.topic(name) === undefined,
  );
  services.topicsInPassing.begin(wanted);
}

function unknown(name: string | null): TopicAnswer {
  const legal = name !== null && topicNameProblem(name) === undefined;
  return missing(
    legal ? ErrorCode.UNKNOWN_TOPIC_OR_PARTITION : ErrorCode.INVALID_TOPIC_EXCEPTION,
    name,
    noId,
  );
}

function missing(errorCode: number, name: string | null, topicId: string): TopicAnswer {
  return { errorCode, name, topicId, isInternal: name !== null && isInternalTopic(name), partitions: [] };
}

function found(services: Services, topic: TopicImage, topicAuthorizedOperations: number): TopicAnswer {
  return {
    errorCode: ErrorCode.NONE,
    name: topic.name,
    topicId: topic.topicId,
    isInternal: isInternalTopic(topic.name),
    partitions: topic.partitions.map((partition) => partitionView(services, partition)),
    topicAuthorizedOperations,
  };
}
