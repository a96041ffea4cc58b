// Where this broker answers other than Kafka 4.3 on purpose, with the reason. A row matches a question by its beginning and,
// where only one answer is meant, by what must stand in one of the two answers.

interface KnownDifference {
  readonly question: RegExp;
  readonly answers?: RegExp;
  readonly reason: string;
}

const knownDifferences: readonly KnownDifference[] = [
  {
    question: /^DescribeConfigs v4: broker: /,
    answers: /^\(nothing\)$/,
    reason: 'only properties that a broker honours are in its table',
  },
  {
    question: /^ApiVersions v\d: /,
    answers: /^\(nothing\)$/,
    reason: 'what has no handler is not advertised',
  },
];

/** The reason for a difference that is meant; undefined for all others. */
export function knownDifference(question: string, ...answers: readonly string[]): string | undefined {
  return knownDifferences.find(
    (row) =>
      row.question.test(question) &&
      (row.answers === undefined || answers.some((of) => row.answers?.test(of))),
  )?.reason;
}
