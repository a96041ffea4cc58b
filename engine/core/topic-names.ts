// Topic names: which are legal, which collide, which belong to the broker itself.

const maximumLength = 249;
const legal = /^[a-zA-Z0-9._-]+$/;

export const groupMetadataTopic = '__consumer_offsets';
export const transactionStateTopic = '__transaction_state';
export const shareGroupStateTopic = '__share_group_state';
export const clusterMetadataTopic = '__cluster_metadata';

const internalTopics: readonly string[] = [groupMetadataTopic, transactionStateTopic, shareGroupStateTopic];

/** What is wrong with a name; undefined when nothing is. */
export function topicNameProblem(name: string): string | undefined {
  if (name === '') return 'a topic name is not empty';
  if (name === '.' || name === '..') return "a topic name is not '.' or '..'";
  if (name.length > maximumLength) return `a topic name has at most ${maximumLength} characters`;
  return legal.test(name) ? undefined : `'${name}' has characters other than a-z, A-Z, 0-9, '.', '_' and '-'`;
}

/** Metric names turn '.' into '_': two topics with the same key here would share theirs. */
export function collisionKey(name: string): string {
  return name.replaceAll('.', '_');
}

export function isInternalTopic(name: string): boolean {
  return internalTopics.includes(name);
}
