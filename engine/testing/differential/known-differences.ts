// Where this broker answers other than Kafka 4.3 on purpose, with the reason. A row matches a question, and, where only
// one answer is meant, what must stand in one of the two answers.

export interface KnownDifference {
  readonly question: RegExp;
  readonly answers?: RegExp;
  readonly reason: string;
}

const differentSettings =
  'advertised|controller|inter\\.broker|listeners|log\\.dirs?$|node\\.id|broker\\.id|process\\.roles|share\\.coord';

export const knownDifferences: readonly KnownDifference[] = [
  // ---- what is not there
  {
    question: /^(Controller: )?ApiVersions v\d: /,
    answers: /^\(nothing\)$/,
    reason: 'what has no handler is not advertised',
  },
  {
    question: /^(FindCoordinator v\d: type 1|InitProducerId v\d: a transactional id)/,
    reason: 'there is no transaction coordinator',
  },
  {
    question: /^Produce v9: zipped: |^CreateTopics v\d: config codec/,
    reason: 'batches are never recompressed: a compression.type other than producer is refused',
  },
  {
    question: /^CreateTopics v7: config (boolean$|remote|local over whole)/,
    reason: 'what asks for something that is not built is refused, not ignored',
  },
  {
    question: /^ApiVersions v4: supported kraft\.version/,
    reason: 'voters are not added or removed while a cluster runs, which is what level 1 is for',
  },
  {
    question: /^DescribeLogDirs v[45]: sizes/,
    reason: 'no port tells how large a disk is',
  },
  // ---- configuration
  {
    question: /^DescribeConfigs v4: broker: /,
    answers: /^\(nothing\)$/,
    reason: 'the tables differ: only what a broker honours or can refuse with a reason is in ours',
  },
  {
    question: new RegExp(`^DescribeConfigs v4: broker: (${differentSettings})`),
    reason: 'the two brokers were started with different settings',
  },
  {
    question: /^DescribeConfigs v4: broker: /,
    answers: /"readOnly":false/,
    reason: 'listeners, security and plugins cannot be changed while this broker runs',
  },
  {
    question: /^DescribeConfigs v4: broker: (metric\.reporters|replica\.selector\.class)/,
    reason: 'plugins are classes of a virtual machine that is not here',
  },
  {
    question: /^DescribeConfigs v\d: .*(flush\.ms|retention\.ms|segment\.ms|segment\.jitter\.ms|with words)/,
    answers: /log\.(flush|retention|roll)\./,
    reason: 'Kafka cuts the synonyms at the first that has another unit; here the list is whole',
  },
  {
    question: /^DescribeConfigs v4: topic.*local\.retention/,
    reason:
      'tiered storage is left out, and so are the broker properties that stand in for its topic properties',
  },
  {
    question: /^CreateTopics v7: config (list|with blanks|boolean, not met)/,
    reason: 'Kafka tells the text as it was given; here it is told as DescribeConfigs tells it',
  },
  {
    question: /^IncrementalAlterConfigs v1: unknown broker property/,
    reason: 'an unknown property is named, never kept for a plugin that may want it',
  },
  // ---- where Kafka stumbles
  {
    question: /^(AlterConfigs v2: one topic twice|Produce v9: .*: null records)/,
    answers: /^no answer$/,
    reason: 'Kafka fails inside and never answers',
  },
  {
    question:
      /^(CreatePartitions v3: too many|IncrementalAlterConfigs v1: operation|Metadata v1\d: by nothing)/,
    answers: /UNKNOWN_SERVER_ERROR/,
    reason: 'Kafka fails inside; the error that it means is told here',
  },
  {
    question: /^Produce v9: .*: codec/,
    answers: /UNKNOWN_SERVER_ERROR/,
    reason: 'Kafka fails inside when a batch cannot be unpacked; here it is an invalid record',
  },
  {
    question: /^(Fetch|ListOffsets) v\d+: isolation 7/,
    answers: /UNKNOWN_SERVER_ERROR/,
    reason: 'an isolation level that nobody defined reads like 0 here; Kafka fails inside',
  },
  {
    question: /^OffsetForLeaderEpoch v\d: epoch -2/,
    reason: 'Kafka finds an end for an epoch below all epochs; here there is none',
  },
  {
    question: /^Controller: FetchSnapshot v\d: /,
    answers: /UNKNOWN_SERVER_ERROR/,
    reason: 'Kafka cannot write down that it refuses a piece of a snapshot; here the refusal is told',
  },
  // ---- on purpose
  {
    question: /^Controller: Vote v(\d: of this epoch|0: another voter is meant)/,
    reason:
      'the voters are a list: whoever is not on it, or is the one that is asked, cannot stand for election',
  },
  {
    question: /^Produce v9: .*: bytes behind/,
    reason: 'Kafka cuts off what follows a batch and is no batch; here such a request is refused',
  },
  {
    question: /^Fetch v\d+: 200 bytes/,
    reason: 'only whole batches leave; Kafka lets the last one be cut',
  },
  {
    question: /^Fetch v1\d: session: (an unknown topic|quiet but for the unknown)/,
    reason: 'partitions come in the order of the session; Kafka tells those with unknown ids first',
  },
  {
    question: /^CreateTopics v7: one name twice/,
    reason: 'topics come in the order of the request; in Kafka the refused ones come last',
  },
];

/** The row of a difference that is meant; undefined for all others. */
export function knownDifference(
  question: string,
  ...answers: readonly string[]
): KnownDifference | undefined {
  return knownDifferences.find(
    (row) =>
      row.question.test(question) &&
      (row.answers === undefined || answers.some((of) => row.answers?.test(of))),
  );
}
