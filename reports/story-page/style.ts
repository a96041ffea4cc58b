// What the page of one run looks like beyond the sheet of all pages.

export const storyStyle = `
body { max-width: 110rem; }
.verdict.warn { border-color: var(--warn); color: var(--ink); }
.cards { display: grid; grid-template-columns: repeat(auto-fit, minmax(15rem, 1fr)); gap: .8rem; margin: 1rem 0; }
.card { background: var(--raised); border-radius: .4rem; padding: .6rem 1rem .8rem; }
.card h2 { font-size: .8rem; text-transform: uppercase; letter-spacing: .05em; color: var(--quiet); border: 0;
  margin: 0 0 .2rem; padding: 0; }
.card p { margin: .2rem 0; overflow-wrap: anywhere; }
.card dl { display: grid; grid-template-columns: max-content 1fr; gap: .1rem .8rem; margin: .4rem 0 0;
  font-size: .85rem; }
.card dt { color: var(--quiet); } .card dd { margin: 0; overflow-wrap: anywhere; }
.card pre { background: var(--paper); margin: .3rem 0; }
button { font: inherit; color: inherit; background: var(--raised); border: 1px solid var(--line); border-radius: .3rem;
  padding: .15rem .6rem; cursor: pointer; }
button:hover { border-color: var(--link); }
.told { display: grid; gap: 0 1.5rem; grid-template-columns: minmax(0, 1fr); }
@media (min-width: 76rem) {
  .told { grid-template-columns: minmax(24rem, 1fr) minmax(0, 2.2fr); align-items: start; }
  .live .told #chain { max-height: 46rem; overflow-y: auto; }
  .told #picture-box { position: sticky; top: 0; }
}
.told h2 { margin-top: 1rem; }
.live #chain { max-height: 30rem; overflow-y: auto; }
#chain, #list { list-style: none; padding: 0; margin: .5rem 0; font-size: .875rem; }
#chain button, #list button { display: grid; grid-template-columns: 5.6rem 1fr; gap: .1rem .7rem; width: 100%;
  text-align: left; border: 0; border-left: .3rem solid var(--line); border-radius: 0; background: none;
  padding: .25rem .5rem; }
#chain button:hover, #list button:hover { background: var(--raised); }
#chain [aria-current], #list [aria-current] { background: var(--raised); outline: 2px solid var(--link);
  outline-offset: -2px; }
#chain .at, #list .at { color: var(--quiet); font-variant-numeric: tabular-nums; text-align: right; }
#chain .text { overflow-wrap: anywhere; }
#chain .sort { font-size: .7rem; color: var(--quiet); grid-column: 2; }
#chain button.fault { border-left-color: var(--fault); } #chain .fault .text { font-weight: 600; }
#chain button.life { border-left-color: var(--bad); }
#chain button.leader { border-left-color: var(--good); }
#chain button.record { border-left-color: var(--c1); }
#chain button.turn { border-left-color: var(--link); } #chain .turn .text { font-weight: 600; color: var(--link); }
#chain button.finding { border-left-color: var(--bad); background: var(--raised); }
#chain .finding .text { font-weight: 700; color: var(--bad); }
.lawful #chain .finding .text { color: var(--warn); } .lawful #chain button.finding { border-left-color: var(--warn); }
.tools { display: flex; flex-wrap: wrap; gap: .4rem; align-items: center; margin: .3rem 0; }
.filters { display: grid; gap: .2rem; font-size: .8rem; margin: .3rem 0; }
.filters > div { display: flex; flex-wrap: wrap; gap: .1rem .9rem; }
.filters b { min-width: 5rem; color: var(--quiet); font-weight: 600; }
.filters label { white-space: nowrap; }
.frame { position: relative; border: 1px solid var(--line); border-radius: .3rem; overflow: hidden; }
.frame.wide { overflow: visible; }
canvas { display: block; width: 100%; touch-action: pan-y; cursor: grab; }
#tip { position: absolute; z-index: 3; max-width: 34rem; background: var(--paper); border: 1px solid var(--link);
  border-radius: .3rem; padding: .3rem .6rem; font-size: .82rem; white-space: pre-line; pointer-events: none;
  box-shadow: 0 2px 8px rgb(0 0 0 / .25); }
#selected { min-height: 1.5em; font-size: .875rem; font-weight: 600; margin: .4rem 0; }
#list { max-height: 26rem; overflow-y: auto; border: 1px solid var(--line); border-radius: .3rem; }
.live .static-only { display: none; }
html:not(.live) .alive-only { display: none; }
html:not(.live) #chain button { cursor: default; }
.keys { font-size: .85rem; } .keys span { margin-right: 1rem; }
.swatch { display: inline-block; width: 1.6em; height: 0; border-top: 3px solid; vertical-align: .25em;
  margin-right: .3em; }
.swatch.dotted { border-top-style: dotted; } .swatch.dashed { border-top-style: dashed; }
@media print {
  .live .static-only { display: block; }
  .tools, .filters, #list, #list-note, #list-title, .hint, .keys, #tip, button.copy { display: none; }
  .live .told #chain { max-height: none; overflow: visible; }
  .told { display: block; } .told #picture-box { position: static; }
  #chain li { break-inside: avoid; }
}
`;
