// Delta debugging of a list: what can be left out of it so that the rest still fails. Chunks are taken away, the
// halves first, then smaller ones, until no single item can go (1-minimal). The chunks alone are never tried, as ddmin
// does: of the faults and operations of a run a few far apart are what matters, and a chunk that holds all of them is
// rare.

export type Fails<T, Y, A> = (items: readonly T[]) => Generator<Y, boolean, A>;

/** The smallest list on the way for which `fails` holds; it holds for `items`. Keeps their order. */
export function* withoutChunks<T, Y, A>(
  items: readonly T[],
  fails: Fails<T, Y, A>,
): Generator<Y, readonly T[], A> {
  if (items.length === 0) return items;
  if (yield* fails([])) return [];
  let kept = items;
  for (let size = Math.ceil(kept.length / 2); size >= 1; ) {
    let wentAny = false;
    for (let at = 0; at < kept.length; ) {
      const rest = [...kept.slice(0, at), ...kept.slice(at + size)];
      if (rest.length > 0 && rest.length < kept.length && (yield* fails(rest))) {
        kept = rest;
        wentAny = true;
      } else {
        at += size;
      }
    }
    // Single items are tried again after one went: another may have been there for its sake only.
    if (size > 1) size = Math.ceil(size / 2);
    else if (!wentAny) break;
  }
  return kept;
}
