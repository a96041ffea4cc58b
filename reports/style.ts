// The look of a page: one sheet for light, dark and paper. Colours have names, and pictures use the names; a colour
// is never the only difference between two things.

export const style = `
:root {
  color-scheme: light dark;
  --paper: #ffffff; --raised: #f5f6f8; --ink: #1c2530; --quiet: #5a6675; --line: #d9dee5;
  --good: #1a7f4b; --bad: #c22f2f; --warn: #9a6200; --link: #1f5fbf;
  --c1: #2f6fb5; --c2: #c96a12; --c3: #7a4fb0; --c4: #6b7785;
  --c5: #12807c; --c6: #b03a72; --c7: #7d7410; --c8: #8a5a3c;
  --life: #9db8d6; --fault: #e0a13a; --shade: #e0a13a; --phase: #f3f5f8;
}
@media (prefers-color-scheme: dark) {
  :root {
    --paper: #14181d; --raised: #1d232b; --ink: #e4e8ee; --quiet: #9ca8b7; --line: #36404c;
    --good: #58c48b; --bad: #ff7a70; --warn: #e5b04a; --link: #82b4ff;
    --c1: #69a8ec; --c2: #f0a054; --c3: #b78ff0; --c4: #8d99a8;
    --c5: #4fc4be; --c6: #ee8cba; --c7: #cfc35a; --c8: #d3a07f;
    --life: #45688d; --fault: #c98d2b; --shade: #c98d2b; --phase: #191e25;
  }
}
* { box-sizing: border-box; }
html { background: var(--paper); color: var(--ink); font: 16px/1.5 system-ui, sans-serif; }
body { margin: 0 auto; padding: 1.5rem 1.5rem 4rem; max-width: 84rem; }
h1 { font-size: 1.5rem; margin: 0 0 .25rem; }
h2 { font-size: 1.25rem; margin: 2.5rem 0 .5rem; border-bottom: 1px solid var(--line); padding-bottom: .25rem; }
h3 { font-size: 1.05rem; margin: 1.5rem 0 .5rem; }
p { margin: .4rem 0; max-width: 60rem; }
a { color: var(--link); }
:focus-visible { outline: 3px solid var(--link); outline-offset: 2px; }
.skip { position: absolute; left: -100rem; }
.skip:focus { left: 1rem; top: 1rem; background: var(--paper); padding: .5rem; }
.quiet { color: var(--quiet); }
.verdict { font-size: 1.15rem; padding: .7rem 1rem; border-left: .4rem solid var(--good); background: var(--raised); }
.verdict.bad { border-color: var(--bad); }
.scroll { overflow-x: auto; max-width: 100%; }
table { border-collapse: collapse; font-size: .875rem; margin: .5rem 0; }
th, td { text-align: left; vertical-align: top; padding: .3rem .8rem .3rem 0; border-bottom: 1px solid var(--line); }
th { color: var(--quiet); font-weight: 600; white-space: nowrap; }
td.number, th.number { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap; }
code, pre { font-family: ui-monospace, monospace; font-size: .85em; }
code { overflow-wrap: anywhere; }
td.short { white-space: nowrap; }
pre { background: var(--raised); padding: .7rem .9rem; overflow-x: auto; white-space: pre-wrap;
  overflow-wrap: anywhere; }
.badge { display: inline-block; padding: 0 .5rem; border: 1px solid currentColor; border-radius: .8rem;
  font-size: .8rem; font-weight: 600; white-space: nowrap; }
.good { color: var(--good); } .bad { color: var(--bad); } .warn { color: var(--warn); }
.verdict.good, .verdict.bad { color: var(--ink); }
article { border: 1px solid var(--line); border-radius: .4rem; padding: .25rem 1rem 1rem; margin: 1rem 0; }
figure { margin: 1rem 0; }
figcaption { font-weight: 600; font-size: .9rem; margin-bottom: .25rem; }
figure > .scroll > svg { display: block; width: 100%; min-width: 44rem; height: auto; }
svg.plot { max-width: 60rem; }
details { margin: .4rem 0; }
summary { cursor: pointer; color: var(--link); width: max-content; max-width: 100%; }
ol.story { list-style: none; padding: 0; margin: .5rem 0; }
ol.story li { display: grid; grid-template-columns: 7.5rem 5.5rem 1fr; gap: .6rem; padding: .1rem 0; font-size: .9rem;
  border-bottom: 1px solid var(--line); }
ol.story .at, ol.story .step { color: var(--quiet); font-variant-numeric: tabular-nums; text-align: right; }
ol.story .fault, ol.story .damage, ol.story .life { font-weight: 600; }
ol.story .finding { font-weight: 700; color: var(--bad); }
ol.story.lawful .finding { color: var(--warn); }
ol.story .phase { color: var(--quiet); }
.legend { font-size: .8rem; color: var(--quiet); display: flex; flex-wrap: wrap; gap: .2rem 1.2rem; margin: .3rem 0; }
.legend svg { height: 1.1em; width: 1.6em; vertical-align: -.2em; }
.timeline text { font: 11px system-ui, sans-serif; fill: var(--ink); }
.timeline .tick { text-anchor: middle; fill: var(--quiet); }
.timeline .tick-unit, .timeline .row, .timeline .lane { text-anchor: end; }
.timeline .tick-unit, .timeline .phase-name text { fill: var(--quiet); }
.timeline .broker { font-weight: 700; }
.timeline .phase { fill: var(--phase); }
.timeline .axis { stroke: var(--ink); }
.timeline .grid { stroke: var(--line); stroke-width: .7; }
.timeline .life, .legend .life { fill: var(--life); }
.timeline .paused { fill: var(--paper); stroke: var(--warn); stroke-width: 1.5; stroke-dasharray: 3 2; }
.timeline .fault, .legend .fault { fill: var(--fault); stroke: var(--fault); }
.timeline .fault.none, .legend .fault.none { fill: none; stroke-dasharray: 2 2; }
.timeline .shade { fill: var(--shade); opacity: .22; }
.timeline .boot, .legend .boot { fill: var(--good); }
.timeline .end path, .legend .end path { fill: var(--bad); stroke: var(--paper); stroke-width: .6; }
.timeline .end .stroke, .legend .end .stroke { fill: none; stroke: var(--bad); stroke-width: 3; }
.timeline .op, .legend .op { fill: none; stroke-width: 1.6; }
.timeline .acked, .legend .acked { stroke: var(--c1); }
.timeline .read, .legend .read { stroke: var(--c3); }
.timeline .failed, .legend .failed { stroke: var(--bad); stroke-width: 1.8; }
.timeline .unknown, .legend .unknown { stroke: var(--warn); stroke-width: 1.8; }
.timeline .finding line { stroke: var(--bad); stroke-width: 1.6; stroke-dasharray: 5 3; }
.timeline .finding path, .timeline .finding text { fill: var(--bad); font-weight: 700; }
.timeline .finding.witness line { stroke: var(--warn); }
.timeline .finding.witness path, .timeline .finding.witness text { fill: var(--warn); }
svg.marks text { font: 11px system-ui, sans-serif; fill: var(--quiet); }
svg.marks .end { text-anchor: end; }
svg.marks .axis { fill: none; stroke: var(--ink); }
svg.marks .all { stroke: var(--quiet); stroke-dasharray: 4 3; }
svg.marks .curve { fill: none; stroke: var(--c1); stroke-width: 2; }
svg.marks circle { fill: var(--c1); }
@media print {
  :root { color-scheme: light; --paper: #fff; --raised: #f5f6f8; --ink: #000; --quiet: #444; --line: #bbb; }
  body { max-width: none; padding: 0; font-size: 10pt; }
  .skip, nav { display: none; }
  details::details-content { content-visibility: visible; block-size: auto; }
  figure, tr, ol.story li { break-inside: avoid; }
  .scroll { overflow: visible; }
  figure > .scroll > svg { min-width: 0; }
}
`;
