// The buttons and filters above the picture, and the lines of the chain that move it.

import { messageSorts } from '../messages.ts';
import { groups } from '../page-event.ts';
import type { Model } from './model.ts';
import type { Picture } from './picture.ts';

export function fillControls(model: Model, picture: Picture, say: HTMLElement): void {
  const { wanted, head } = model;
  const press = (name: string, act: () => void) => {
    document.querySelector(`[data-do="${name}"]`)?.addEventListener('click', act);
  };
  press('in', () => picture.zoom(0.5));
  press('out', () => picture.zoom(2));
  press('whole', () => picture.wholeRun());
  press('first', () => picture.show({ fromUs: head.window[0], toUs: head.window[1] }));
  press('finding', () => {
    if (head.finding === null) return;
    picture.goTo(head.finding.timeUs, { timeUs: head.finding.timeUs, text: head.finding.label });
  });
  press('copy', () => copyCommand());
  checks('filter-groups', groups, (name) => wanted.groups.has(name), switched(wanted.groups, picture));
  checks('filter-sorts', messageSorts, (name) => wanted.sorts.has(name), switched(wanted.sorts, picture));
  const nodes = Object.fromEntries(head.lanes.map(({ node }) => [node, node]));
  checks(
    'filter-nodes',
    nodes,
    (name) => !wanted.hiddenNodes.has(name),
    (name, on) => {
      if (on) wanted.hiddenNodes.delete(name);
      else wanted.hiddenNodes.add(name);
      picture.refresh();
    },
  );
  partitions(model, picture);
  chain(picture, say);
}

function switched<T>(set: Set<T>, picture: Picture): (name: T, on: boolean) => void {
  return (name, on) => {
    if (on) set.add(name);
    else set.delete(name);
    picture.refresh();
  };
}

function checks<T extends string>(
  id: string,
  rows: Readonly<Record<T, string>>,
  isOn: (name: T) => boolean,
  change: (name: T, on: boolean) => void,
): void {
  const place = document.getElementById(id);
  const made = (Object.entries(rows) as [T, string][]).map(([name, text]) => {
    const label = document.createElement('label');
    const box = document.createElement('input');
    box.type = 'checkbox';
    box.checked = isOn(name);
    box.addEventListener('change', () => change(name, box.checked));
    label.append(box, ` ${text}`);
    label.dataset['of'] = name;
    return label;
  });
  place?.append(...made);
}

function partitions(model: Model, picture: Picture): void {
  const choice = document.getElementById('partition') as HTMLSelectElement | null;
  const only = document.getElementById('only-partition') as HTMLInputElement | null;
  if (choice === null || only === null) return;
  for (const { name } of model.partitions) choice.append(new Option(name, name));
  choice.append(new Option('no chart', ''));
  choice.value = model.wanted.partition ?? '';
  choice.addEventListener('change', () => {
    model.wanted.partition = choice.value === '' ? null : choice.value;
    picture.refresh();
  });
  only.addEventListener('change', () => {
    model.wanted.onlyPartition = only.checked;
    picture.refresh();
  });
}

function chain(picture: Picture, say: HTMLElement): void {
  const lines = [...document.querySelectorAll<HTMLButtonElement>('#chain button')];
  for (const line of lines) {
    line.addEventListener('click', () => {
      for (const other of lines) other.removeAttribute('aria-current');
      line.setAttribute('aria-current', 'true');
      const timeUs = Number(line.dataset['at']);
      const text = line.querySelector('.text')?.textContent ?? '';
      picture.goTo(timeUs, { timeUs, text });
      say.textContent = `${(timeUs / 1e6).toFixed(6)} s: ${text}`;
      const box = document.getElementById('picture')?.getBoundingClientRect();
      const isSeen = box !== undefined && box.bottom > 80 && box.top < innerHeight - 120;
      if (!isSeen)
        document.getElementById('picture-box')?.scrollIntoView({ block: 'start', behavior: 'smooth' });
    });
  }
}

/** Where the clipboard is closed (a page from a file, in some browsers) the command is selected instead. */
function copyCommand(): void {
  const command = document.getElementById('command');
  const said = document.getElementById('copied');
  if (command === null || said === null) return;
  const tell = (text: string) => {
    said.textContent = text;
  };
  const select = () => {
    getSelection()?.selectAllChildren(command);
    tell('selected: copy it');
  };
  if (navigator.clipboard === undefined) select();
  else navigator.clipboard.writeText(command.textContent ?? '').then(() => tell('copied'), select);
}
