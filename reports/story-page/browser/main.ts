// The script of a story page, as it runs in a browser: reads the data out of the page, and makes the static page
// alive. It lives in a world of its own (a document, promises, real time), and loads nothing.

import { EventColumns } from '../columns.ts';
import type { PageHead } from '../page-head.ts';
import { fillControls } from './controls.ts';
import { fillList } from './list.ts';
import { Model } from './model.ts';
import { Picture } from './picture.ts';

function element<T extends HTMLElement>(id: string): T {
  const found = document.getElementById(id);
  if (found === null) throw new Error(`the page has no element ${id}`);
  return found as T;
}

async function inflated(letters: string): Promise<Uint8Array> {
  const bytes = Uint8Array.from(atob(letters), (letter) => letter.charCodeAt(0));
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream('deflate-raw'));
  return new Uint8Array(await new Response(stream).arrayBuffer());
}

async function begin(): Promise<void> {
  const head = JSON.parse(element('page-head').textContent ?? '') as PageHead;
  const columns = new EventColumns(await inflated((element('page-events').textContent ?? '').trim()));
  const model = new Model(head, columns);
  // From here on the page is alive: its style shows the picture and hides the drawing that stood for it.
  document.documentElement.classList.add('live');
  const say = element('selected');
  const note = element('drawn');
  let listing: ReturnType<typeof setTimeout> | undefined;
  const picture: Picture = new Picture(model, {
    canvas: element<HTMLCanvasElement>('picture'),
    tip: element('tip'),
    chosen: (text, timeUs) => {
      say.textContent = `${(timeUs / 1e6).toFixed(6)} s: ${text}`;
    },
    painted: ({ messages, messagesInWindow }, { faultsLeftOut }) => {
      const parts: string[] = [];
      if (messages.length < messagesInWindow) {
        parts.push(`${messages.length} of ${messagesInWindow} messages are drawn; zoom in for all.`);
      }
      if (faultsLeftOut > 0) parts.push(`${faultsLeftOut} faults found no row; they shade their lanes.`);
      note.textContent = parts.join(' ');
      clearTimeout(listing);
      listing = setTimeout(() => {
        fillList(element('list'), element('list-note'), model, (at) => picture.choose(at));
      }, 120);
    },
  });
  fillControls(model, picture, say);
}

begin().then(
  () => document.documentElement.setAttribute('data-ready', 'yes'),
  (error: unknown) => {
    document.documentElement.classList.remove('live');
    element('selected').textContent = `The picture cannot be drawn here: ${String(error)}`;
    console.error(error);
  },
);
