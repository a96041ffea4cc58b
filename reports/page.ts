// The frame of a page and its small parts. One file, nothing loaded from anywhere: what can be opened opens with
// <details>, what is wide scrolls and can be reached with the keyboard. The content policy forbids the rest, should
// anything hostile have got through the escaping: a page has no script, or the one whose digest it names.

import { html } from './escape.ts';
import { style } from './style.ts';

/** The script of a page, and the base64 of its SHA-256. */
export interface PageScript {
  readonly code: string;
  readonly sha256: string;
}

/** What a page has beyond the common sheet. */
export interface PageExtras {
  readonly style: string;
  readonly script?: PageScript;
}

export function page(title: string, body: string, extras?: PageExtras): string {
  const script = extras?.script;
  const scripts = script === undefined ? '' : `; script-src 'sha256-${script.sha256}'`;
  const policy = `default-src 'none'; style-src 'unsafe-inline'${scripts}`;
  return [
    '<!doctype html>',
    '<html lang="en">',
    '<head>',
    '<meta charset="utf-8">',
    `<meta http-equiv="Content-Security-Policy" content="${policy}">`,
    '<meta name="viewport" content="width=device-width, initial-scale=1">',
    `<title>${html(title)}</title>`,
    `<style>${style}${extras?.style ?? ''}</style>`,
    '</head>',
    '<body>',
    '<a class="skip" href="#content">Skip to the content</a>',
    `<main id="content">${body}</main>`,
    ...(script === undefined ? [] : [`<script>${script.code}</script>`]),
    '</body>',
    '</html>',
    '',
  ].join('\n');
}

/** A cell of a table: text, or markup made by us; `right` for numbers, `code` for what is not to be broken. */
export type Cell =
  | string
  | { readonly markup: string }
  | { readonly right: string }
  | { readonly code: string };

export function table(
  head: readonly (string | { readonly right: string })[],
  rows: readonly (readonly Cell[])[],
): string {
  const heads = head.map((name) =>
    typeof name === 'string'
      ? `<th scope="col">${html(name)}</th>`
      : `<th scope="col" class="number">${html(name.right)}</th>`,
  );
  const body = rows.map((row) => `<tr>${row.map(cell).join('')}</tr>`).join('\n');
  return scrolling(
    `<table><thead><tr>${heads.join('')}</tr></thead>\n<tbody>${body}</tbody></table>`,
    'table',
  );
}

function cell(content: Cell): string {
  if (typeof content === 'string') return `<td>${html(content)}</td>`;
  if ('code' in content) return `<td class="short"><code>${html(content.code)}</code></td>`;
  if ('right' in content) return `<td class="number">${html(content.right)}</td>`;
  return `<td>${content.markup}</td>`;
}

/** Something wide: it scrolls for itself, and the keyboard can get into it. */
export function scrolling(markup: string, what: string): string {
  return `<div class="scroll" tabindex="0" role="region" aria-label="${html(what)}">${markup}</div>`;
}

export function details(summary: string, markup: string, open = false): string {
  return `<details${open ? ' open' : ''}><summary>${html(summary)}</summary>${markup}</details>`;
}

/** A picture with its caption, what was left out of it, and its numbers as a table. */
export function figure(caption: string, svg: string, notes: readonly string[], twin: string): string {
  const left = notes.map((note) => `<p class="quiet">${html(note)}</p>`).join('');
  return `<figure><figcaption>${html(caption)}</figcaption>${scrolling(svg, caption)}${left}${twin}</figure>`;
}

export function badge(text: string, kind: 'good' | 'bad' | 'warn'): string {
  return `<span class="badge ${kind}">${html(text)}</span>`;
}

export function command(text: string): string {
  return `<pre><code>${html(text)}</code></pre>`;
}

export function paragraph(text: string, kind = ''): string {
  return `<p${kind === '' ? '' : ` class="${kind}"`}>${html(text)}</p>`;
}
