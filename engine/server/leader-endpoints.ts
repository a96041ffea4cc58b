// Where the leader of the quorum is: told with most answers of the quorum, from some version of each on. The field is
// not ignorable, so before that version it must be left out, or the answer cannot be written.

interface WithEndpoints {
  readonly nodeEndpoints?: readonly unknown[] | undefined;
}

/** The answer as `version` can carry it; `first` brought the endpoints. */
export function endpointsFrom<A extends WithEndpoints>(first: number, version: number, answer: A): A {
  return version >= first ? answer : { ...answer, nodeEndpoints: [] };
}
