// The picture on its canvas: painted when something changed, at most once a frame; moved by pointer, wheel and keys.

import { type Layout, layoutOf } from './layout.ts';
import type { Model, Selected } from './model.ts';
import { paintFrame } from './paint.ts';
import { paintChart } from './paint-chart.ts';
import { type Drawn, paintMarks } from './paint-marks.ts';
import { type Palette, readPalette } from './palette.ts';
import { type Picked, pick } from './pick.ts';
import { centred, moved, type View, viewOf, zoomed } from './view.ts';

export interface Around {
  readonly canvas: HTMLCanvasElement;
  readonly tip: HTMLElement;
  /** Called when a frame was painted. */
  readonly painted: (drawn: Drawn, layout: Layout) => void;
  /** Called when something was chosen, with its sentence. */
  readonly chosen: (text: string, timeUs: number) => void;
}

export class Picture {
  readonly #model: Model;
  readonly #around: Around;
  #palette: Palette;
  #layout: Layout;
  #drawn: Drawn = { messages: [], messagesInWindow: 0, events: 0 };
  #planned = false;
  /** Pointers that are down, by id. */
  readonly #pointers = new Map<number, { x: number; y: number }>();
  #dragged = false;

  constructor(model: Model, around: Around) {
    this.#model = model;
    this.#around = around;
    this.#palette = readPalette(around.canvas);
    this.#layout = layoutOf(model, around.canvas.clientWidth);
    this.#listen();
    this.#paint();
  }

  /** Something changed: the next frame shows it. */
  refresh(): void {
    if (this.#planned) return;
    this.#planned = true;
    requestAnimationFrame(() => {
      this.#planned = false;
      this.#paint();
    });
  }

  show(view: View): void {
    this.#model.wanted.view = view;
    this.refresh();
  }

  zoom(factor: number, aroundUs?: number): void {
    const { view } = this.#model.wanted;
    this.show(zoomed(view, factor, aroundUs ?? (view.fromUs + view.toUs) / 2, this.#model.head.endUs));
  }

  wholeRun(): void {
    this.show(viewOf(0, this.#model.head.endUs, this.#model.head.endUs));
  }

  /** Moves to a moment, near enough to tell its events apart. */
  goTo(timeUs: number, selected: Selected): void {
    const { wanted, head } = this.#model;
    wanted.selected = selected;
    const width = wanted.view.toUs - wanted.view.fromUs;
    this.show(centred(wanted.view, timeUs, head.endUs, Math.min(width, this.#readableUs(timeUs))));
  }

  /** How wide a window around a moment may be, to have some forty events in it. */
  #readableUs(timeUs: number): number {
    const { events } = this.#model;
    const times = events.timeUs;
    let [before, after] = [0, events.count];
    while (before < after) {
      const middle = (before + after) >> 1;
      if ((times[middle] as number) < timeUs) before = middle + 1;
      else after = middle;
    }
    const near = (place: number) => times[Math.max(0, Math.min(events.count - 1, place))] ?? timeUs;
    return Math.max(4_000, (near(before + 20) as number) - (near(before - 20) as number));
  }

  #paint(): void {
    const { canvas, painted } = this.#around;
    const width = canvas.clientWidth;
    this.#layout = layoutOf(this.#model, width);
    const { height } = this.#layout;
    const scale = window.devicePixelRatio || 1;
    canvas.width = Math.round(width * scale);
    canvas.height = Math.round(height * scale);
    canvas.style.height = `${height}px`;
    const pen = canvas.getContext('2d');
    if (pen === null) return;
    pen.setTransform(scale, 0, 0, scale, 0, 0);
    const parts = { pen, layout: this.#layout, palette: this.#palette, model: this.#model };
    paintFrame(parts);
    paintChart(parts);
    this.#drawn = paintMarks(parts);
    painted(this.#drawn, this.#layout);
  }

  // ---- hands

  #listen(): void {
    const { canvas } = this.#around;
    canvas.addEventListener('wheel', (event) => this.#wheel(event), { passive: false });
    canvas.addEventListener('pointerdown', (event) => this.#down(event));
    canvas.addEventListener('pointermove', (event) => this.#move(event));
    for (const kind of ['pointerup', 'pointercancel'] as const) {
      canvas.addEventListener(kind, (event) => this.#up(event, kind === 'pointerup'));
    }
    canvas.addEventListener('pointerleave', () => this.#tip(undefined, 0, 0));
    canvas.addEventListener('keydown', (event) => this.#key(event));
    new ResizeObserver(() => this.refresh()).observe(canvas.parentElement ?? canvas);
    matchMedia('(prefers-color-scheme: dark)').addEventListener('change', () => {
      this.#palette = readPalette(canvas);
      this.refresh();
    });
  }

  /** Sideways moves; up and down zooms once the picture has the focus, so that a page can be scrolled past it. */
  #wheel(event: WheelEvent): void {
    const sideways = event.shiftKey ? event.deltaY : event.deltaX;
    const { view } = this.#model.wanted;
    if (Math.abs(sideways) > Math.abs(event.deltaY) || event.shiftKey) {
      event.preventDefault();
      const perPixel = (view.toUs - view.fromUs) / (this.#layout.right - this.#layout.left);
      this.show(moved(view, sideways * perPixel, this.#model.head.endUs));
    } else if (event.ctrlKey || event.metaKey || document.activeElement === this.#around.canvas) {
      event.preventDefault();
      const steps = Math.max(-3, Math.min(3, event.deltaY / 100));
      this.zoom(1.25 ** steps, this.#layout.timeAt(event.offsetX));
    }
  }

  #down(event: PointerEvent): void {
    this.#around.canvas.setPointerCapture(event.pointerId);
    this.#pointers.set(event.pointerId, { x: event.offsetX, y: event.offsetY });
    this.#dragged = false;
  }

  #move(event: PointerEvent): void {
    const { offsetX: x, offsetY: y } = event;
    const before = this.#pointers.get(event.pointerId);
    if (before === undefined) {
      this.#tip(pick(this.#model, this.#layout, this.#drawn, x, y), x, y);
      return;
    }
    const { view } = this.#model.wanted;
    const { endUs } = this.#model.head;
    const perPixel = (view.toUs - view.fromUs) / (this.#layout.right - this.#layout.left);
    const other = [...this.#pointers].find(([id]) => id !== event.pointerId)?.[1];
    if (other !== undefined) {
      const factor = Math.max(8, Math.abs(before.x - other.x)) / Math.max(8, Math.abs(x - other.x));
      this.show(zoomed(view, factor, this.#layout.timeAt((x + other.x) / 2), endUs));
      this.#dragged = true;
    } else if (this.#dragged || Math.abs(x - before.x) > 3) {
      this.show(moved(view, (before.x - x) * perPixel, endUs));
      this.#dragged = true;
    } else return;
    this.#pointers.set(event.pointerId, { x, y });
    this.#tip(undefined, 0, 0);
  }

  #up(event: PointerEvent, isClick: boolean): void {
    this.#pointers.delete(event.pointerId);
    if (this.#dragged || !isClick) return;
    const { offsetX: x, offsetY: y } = event;
    const found = pick(this.#model, this.#layout, this.#drawn, x, y);
    this.#model.wanted.selected = found?.selected ?? null;
    this.#tip(found, x, y);
    if (found !== undefined) this.#around.chosen(found.text, found.timeUs);
    this.refresh();
  }

  #key(event: KeyboardEvent): void {
    const { view } = this.#model.wanted;
    const { endUs, finding } = this.#model.head;
    const stepUs = (view.toUs - view.fromUs) / 8;
    const keys: Readonly<Record<string, () => void>> = {
      ArrowLeft: () => this.show(moved(view, -stepUs, endUs)),
      ArrowRight: () => this.show(moved(view, stepUs, endUs)),
      ArrowUp: () => this.zoom(0.8),
      ArrowDown: () => this.zoom(1.25),
      '+': () => this.zoom(0.8),
      '-': () => this.zoom(1.25),
      Home: () => this.wholeRun(),
      f: () => {
        if (finding !== null) this.goTo(finding.timeUs, { timeUs: finding.timeUs, text: finding.label });
      },
      n: () => this.#step(1),
      p: () => this.#step(-1),
    };
    const act = Object.hasOwn(keys, event.key) ? keys[event.key] : undefined;
    if (act === undefined || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    act();
  }

  /** To the next or the last event that is shown. */
  #step(by: 1 | -1): void {
    const { wanted, head, events } = this.#model;
    const { selected, view } = wanted;
    const places = [...this.#model.shown(viewOf(0, head.endUs, head.endUs))];
    const middle = (view.fromUs + view.toUs) / 2;
    const present = selected !== null && 'event' in selected ? places.indexOf(selected.event) : -1;
    const nearest = places.findIndex((at) => (events.timeUs[at] as number) >= middle);
    const next = places[present >= 0 ? present + by : nearest];
    if (next !== undefined) this.choose(next);
  }

  /** Selects an event, and moves only when it is out of sight. */
  choose(at: number): void {
    const { wanted, events, head } = this.#model;
    const timeUs = events.timeUs[at] as number;
    wanted.selected = { event: at };
    const { view } = wanted;
    const margin = (view.toUs - view.fromUs) / 20;
    const isSeen = timeUs > view.fromUs + margin && timeUs < view.toUs - margin;
    if (!isSeen) wanted.view = centred(view, timeUs, head.endUs);
    this.#around.chosen(this.#model.sentence(at), timeUs);
    this.refresh();
  }

  #tip(found: Picked | undefined, x: number, y: number): void {
    const { tip, canvas } = this.#around;
    canvas.style.cursor = found === undefined ? 'grab' : 'pointer';
    tip.hidden = found === undefined;
    if (found === undefined) return;
    tip.textContent = `${(found.timeUs / 1e6).toFixed(6)} s\n${found.text}`;
    const room = canvas.clientWidth - tip.offsetWidth - 8;
    tip.style.left = `${Math.max(0, Math.min(room, x + 14))}px`;
    tip.style.top = `${y + 18}px`;
  }
}
