// DescribeConfigs (versions 1 to 4): every property of a topic or of this broker with its value, where the
// value comes from, and on request the other places that set it. The broker with the empty name stands for
// the cluster-wide dynamic default. Sensitive values are null.
//
// Only topics and brokers have configuration here; other resource types (loggers, client metrics, groups) get
// INVALID_REQUEST.

import type { ConfigEntry } from '../../config/layers.ts';
import { type Refusal, refusal } from '../../core/controller.ts';
import { resourceType } from '../../core/metadata-image.ts';
import { topicNameProblem } from '../../core/topic-names.ts';
import { ErrorCode } from '../../errors.ts';
import { describeConfigs } from '../../protocol/apis/describe-configs.ts';
import type { RequestOf, ResponseOf } from '../../protocol/schema.ts';
import { handler, respond } from '../handler.ts';
import type { Services } from '../services.ts';

type Request = RequestOf<typeof describeConfigs>;
type Resource = Request['resources'][number];
type Result = ResponseOf<typeof describeConfigs>['results'][number];

export const describeConfigsHandler = handler({
  api: describeConfigs,
  *handle(request, { services }) {
    const results = request.resources.map((resource) => describe(services, request, resource));
    return respond({ throttleTimeMs: 0, results });
  },
});

function describe(services: Services, request: Request, resource: Resource): Result {
  const { resourceType, resourceName, configurationKeys: keys } = resource;
  const entries = entriesOf(services, resource);
  if (!Array.isArray(entries)) return { resourceType, resourceName, ...entries, configs: [] };
  const wanted =
    keys === null || keys.length === 0 ? entries : entries.filter(({ name }) => keys.includes(name));
  return {
    errorCode: ErrorCode.NONE,
    errorMessage: null,
    resourceType,
    resourceName,
    configs: wanted.map((entry) => ({
      name: entry.name,
      value: entry.value,
      readOnly: entry.readOnly,
      configSource: entry.source,
      isSensitive: entry.sensitive,
      synonyms: request.includeSynonyms ? entry.synonyms : [],
      configType: entry.type,
      documentation: request.includeDocumentation ? entry.documentation : null,
    })),
  };
}

function entriesOf({ metadata }: Services, resource: Resource): ConfigEntry[] | Refusal {
  const { resourceName: name } = resource;
  if (resource.resourceType === resourceType.topic) {
    const problem = topicNameProblem(name);
    if (problem !== undefined) return refusal(ErrorCode.INVALID_TOPIC_EXCEPTION, problem);
    if (metadata.image.topic(name) === undefined) return refusal(ErrorCode.UNKNOWN_TOPIC_OR_PARTITION);
    return metadata.topicConfig(name).entries();
  }
  if (resource.resourceType !== resourceType.broker) {
    const message = `configuration of resource type ${resource.resourceType} is not supported`;
    return refusal(ErrorCode.INVALID_REQUEST, message);
  }
  if (name === '') return metadata.brokerConfig.dynamicDefaultEntries();
  if (!/^\d+$/.test(name)) {
    return refusal(ErrorCode.INVALID_REQUEST, `Node id must be an integer, but it is: ${name}`);
  }
  if (Number(name) === metadata.nodeId) return metadata.brokerConfig.entries();
  const message = `Unexpected broker id, expected ${metadata.nodeId} or empty string, but received ${name}`;
  return refusal(ErrorCode.INVALID_REQUEST, message);
}
