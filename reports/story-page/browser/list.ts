// The events of the window as a list: the same as the picture, for reading and for screen readers.

import type { Model } from './model.ts';

/** Rows of the list; of more, the ones nearest to the middle of the window. */
const rowsMax = 150;

export function fillList(
  list: HTMLElement,
  note: HTMLElement,
  model: Model,
  choose: (at: number) => void,
): void {
  const places = [...model.shown()];
  const { view, selected } = model.wanted;
  const middle = (view.fromUs + view.toUs) / 2;
  const centre = places.findIndex((at) => (model.events.timeUs[at] as number) >= middle);
  const from = Math.max(
    0,
    Math.min(places.length - rowsMax, (centre < 0 ? places.length : centre) - rowsMax / 2),
  );
  const shown = places.slice(from, from + rowsMax);
  note.textContent =
    places.length > shown.length
      ? `${places.length} events are in the window; here are ${shown.length} from its middle. Zoom in for all.`
      : `${places.length} events are in the window.`;
  const rows = shown.map((at) => {
    const row = document.createElement('li');
    const button = document.createElement('button');
    const time = document.createElement('span');
    time.className = 'at';
    time.textContent = `${((model.events.timeUs[at] as number) / 1e6).toFixed(6)} s`;
    const text = document.createElement('span');
    text.textContent = model.sentence(at);
    button.append(time, text);
    button.addEventListener('click', () => choose(at));
    if (selected !== null && 'event' in selected && selected.event === at)
      button.setAttribute('aria-current', 'true');
    row.append(button);
    return row;
  });
  list.replaceChildren(...rows);
}
