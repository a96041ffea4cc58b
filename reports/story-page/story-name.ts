// Where the page of a kept run lies, from the folder of its suite.

/** `stories/acks_acks0@1.html` of `seeds/acks_acks0@1.json`. */
export function storyName(kept: string): string {
  return `stories/${kept.replace(/^.*\//, '').replace(/\.json$/, '')}.html`;
}
