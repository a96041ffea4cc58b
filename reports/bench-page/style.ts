// What the page of a benchmark needs beyond the common sheet.

export const benchStyle = `
.strip { list-style: none; padding: 0; margin: 1rem 0; }
.strip li { display: grid; grid-template-columns: 11.5rem 1fr; gap: .2rem 1rem; padding: .4rem .8rem;
  border-left: .3rem solid var(--good); border-bottom: 1px solid var(--line); color: var(--ink); }
.strip li > span:first-child { display: flex; flex-wrap: wrap; gap: .25rem; align-content: start; }
.strip li.bad { border-left-color: var(--bad); }
.strip li.warn { border-left-color: var(--warn); }
.strip .why { display: block; color: var(--quiet); font-size: .85rem; }
.contents { list-style: none; padding: 0; display: flex; flex-wrap: wrap; gap: .2rem 1.2rem; }
.targets { list-style: none; padding: 0; display: flex; flex-wrap: wrap; gap: .2rem 1.2rem; }
.swatch { display: inline-block; width: .9em; height: .9em; margin-right: .4em; vertical-align: -.1em; }
.beside { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(100%, 24rem), 1fr)); gap: 0 1.5rem; }
.beside figure { min-width: 0; max-width: 34rem; }
.beside figure > .scroll > svg { min-width: 0; }
svg.plot text { font-family: system-ui, sans-serif; }
svg.heat text { font-size: 12px; fill: var(--ink); }
svg.heat .end { text-anchor: end; }
svg.heat .axis { fill: none; stroke: var(--ink); }
svg.heat .grid { fill: none; stroke: var(--line); }
svg.heat .shade0 { fill: var(--c5); fill-opacity: .12; }
svg.heat .shade1 { fill: var(--c5); fill-opacity: .28; }
svg.heat .shade2 { fill: var(--c5); fill-opacity: .48; }
svg.heat .shade3 { fill: var(--c5); fill-opacity: .72; }
svg.heat .shade4 { fill: var(--c5); }
@media (max-width: 40rem) {
  body { padding: 1rem .8rem 3rem; }
  .strip li { grid-template-columns: 1fr; padding: .4rem .5rem; }
}
@media print {
  .beside { display: block; }
  .beside figure { max-width: 24rem; }
  table { font-size: 7pt; }
  th, td.number { white-space: normal; }
  th, td { padding: .2rem .5rem .2rem 0; }
  section { break-inside: auto; }
}
`;
