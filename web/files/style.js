// The look of the files page. Colours follow the page's `color-scheme`; a page sets `--stowage-…` to change them.

export const style = `
:host {
  --back: var(--stowage-back, light-dark(#f6f6f3, #15171a));
  --card: var(--stowage-card, light-dark(#ffffff, #1f2226));
  --text: var(--stowage-text, light-dark(#1c1d1f, #ececea));
  --soft: var(--stowage-soft, light-dark(#565a61, #a7abb3));
  --line: var(--stowage-line, light-dark(#d9d9d2, #363a40));
  --edge: var(--stowage-edge, light-dark(#7d8188, #7f858e));
  --accent: var(--stowage-accent, light-dark(#0b6b57, #5fcfb2));
  --on-accent: var(--stowage-on-accent, light-dark(#ffffff, #10201c));
  --bad: var(--stowage-bad, light-dark(#b3261e, #ff8a80));
  --round: var(--stowage-round, .75rem);
  display: block;
  color: var(--text);
  font: var(--stowage-font, 1rem/1.5 system-ui, sans-serif);
}
*, ::before, ::after { box-sizing: border-box; }
[hidden] { display: none !important; }
p, h2, h3, ul { margin: 0; padding: 0; }
ul { list-style: none; }
button, input, select { font: inherit; color: inherit; }
.unseen, .drop input { position: absolute; width: 1px; height: 1px; margin: -1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }
:focus-visible, .drop:focus-within, .card:focus { outline: 3px solid var(--accent); outline-offset: 2px; }
h2:focus-visible { outline: none; }
.row :focus-visible { outline-offset: -3px; }

button, select, .field {
  min-height: 2.75rem;
  max-width: 100%;
  padding: .4rem .9rem;
  border: 1px solid var(--edge);
  border-radius: .5rem;
  background: var(--card);
}
::placeholder { color: var(--soft); opacity: 1; }
button { min-width: 2.75rem; cursor: pointer; }
button:hover:enabled { border-color: var(--accent); }
button:disabled { opacity: .4; cursor: default; }
button[aria-pressed="true"], button.primary { border-color: var(--accent); background: var(--accent); color: var(--on-accent); }
button.danger { border-color: var(--bad); background: var(--bad); color: light-dark(#fff, #2b0704); }
svg { display: block; width: 1.25rem; height: 1.25rem; margin: auto; fill: none; stroke: currentColor; stroke-width: 1.8; stroke-linecap: round; stroke-linejoin: round; }
.hint, .pace, .room, .count, .loading, .meta { color: var(--soft); }
.hint { font-size: .9rem; }

.page { display: grid; grid-template-columns: minmax(0, 1fr); gap: 1rem; }
.drop { position: relative; display: grid; gap: .15rem; justify-items: center; padding: 1.5rem 1rem; border: 2px dashed var(--edge); border-radius: var(--round); background: var(--card); text-align: center; cursor: pointer; }
.drop span { color: var(--soft); }
.drop strong { color: var(--accent); font-size: 1.1rem; }
.drop:hover, .drop.over { border-color: var(--accent); }
.under { display: flex; flex-wrap: wrap; gap: .5rem 1rem; align-items: center; justify-content: space-between; }
.seen { display: flex; flex-wrap: wrap; gap: .25rem .6rem; align-items: center; }

.uploads { display: grid; gap: .5rem; }
.uploads:empty { display: none; }
.card { display: grid; grid-template-columns: auto minmax(0, 1fr) auto; gap: .25rem .75rem; align-items: center; padding: .6rem .9rem; border: 1px solid var(--line); border-radius: var(--round); background: var(--card); }
.card .images { grid-row: span 4; }
.card .images:empty { display: none; }
.card .images:empty ~ * { grid-column-start: 1; }
.card .images:empty + header { grid-column: 1 / 3; }
.card img { display: block; width: 3rem; height: 3rem; border-radius: .4rem; background: var(--line); object-fit: cover; }
.card header { min-width: 0; grid-column: 2; overflow-wrap: anywhere; }
.card progress, .card .pace, .card .hint { grid-column: 2; }
.card .images:empty ~ progress, .card .images:empty ~ .pace, .card .images:empty ~ .hint { grid-column: 1 / 3; }
.card .actions { grid-column: 3 !important; grid-row: 1 / span 4; display: flex; flex-wrap: wrap; gap: .4rem; justify-content: end; }
.card .name { font-weight: 600; }
.card .state { color: var(--soft); }
.card[data-state="rejected"] .state, .card[data-state="failed"] .state, .problem { color: var(--bad); }
.card[data-state="ready"] .state { color: var(--accent); font-weight: 600; }
.pace:empty { display: none; }
progress { width: 100%; height: .6rem; accent-color: var(--accent); }

.storage { display: flex; flex-wrap: wrap; gap: .25rem .75rem; align-items: center; font-size: .9rem; }
.storage:has(.room:empty) { display: none; }
meter { flex: 0 1 14rem; height: .8rem; border: 0; border-radius: .4rem; background: var(--line); overflow: hidden; }
meter::-webkit-meter-bar { height: .8rem; border: 0; border-radius: .4rem; background: var(--line); }
meter::-webkit-meter-optimum-value { background: var(--accent); }
meter[data-level="high"]::-webkit-meter-suboptimum-value { background: light-dark(#b06000, #ffb74d); }
meter[data-level="full"]::-webkit-meter-suboptimum-value, meter[data-level="full"]::-webkit-meter-optimum-value { background: var(--bad); }
meter::-moz-meter-bar { background: var(--accent); }

.toolbar { display: contents; }
.places, .filters, .batch, .buttons, .layouts { display: flex; flex-wrap: wrap; gap: .5rem; align-items: center; }
.layouts { margin-left: auto; }
.layouts button { padding: 0; }
.filters #search { flex: 1 1 14rem; min-width: 0; }
.filters select { flex: 0 1 auto; min-width: 0; }
.batch { position: sticky; top: 0; z-index: 3; padding: .6rem .9rem; border: 1px solid var(--accent); border-radius: var(--round); background: var(--card); }
.banner { display: flex; flex-wrap: wrap; gap: .5rem 1rem; align-items: center; justify-content: space-between; padding: .6rem .9rem; border: 1px solid var(--bad); border-radius: var(--round); background: var(--card); color: var(--bad); font-weight: 600; }
.count:empty { display: none; }
.count { font-size: .9rem; }
.empty { display: grid; gap: 1rem; justify-items: center; padding: 2.5rem 1rem; border: 1px solid var(--line); border-radius: var(--round); background: var(--card); color: var(--soft); text-align: center; }
.loading { padding: 1rem; text-align: center; }

.list { position: relative; overflow: hidden; overflow: clip; overflow-clip-margin: 8px; }
.row { position: absolute; top: 0; left: 0; display: grid; grid-template-columns: 2.75rem minmax(0, 1fr) auto; align-items: center; height: 4.5rem; border-bottom: 1px solid var(--line); background: var(--card); }
.row.selected { background: color-mix(in srgb, var(--accent) 14%, var(--card)); }
.tick { display: grid; place-items: center; width: 2.75rem; height: 2.75rem; cursor: pointer; }
.tick input { width: 1.15rem; height: 1.15rem; margin: 0; accent-color: var(--accent); }
.open:is(.row *) { display: flex; gap: .75rem; align-items: center; min-width: 0; height: 100%; padding: .4rem; border: 0; background: none; text-align: left; }
.text { min-width: 0; flex: 1; }
.name:is(.row *), .meta:is(.row *) { display: block; overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }
.name:is(.row *) { font-weight: 600; }
.meta:is(.row *) { font-size: .875rem; }
.row[data-state="rejected"] .meta { color: var(--bad); }
.thumb { display: grid; place-items: center; flex: none; width: 3.25rem; height: 3.25rem; overflow: hidden; border-radius: .4rem; background: color-mix(in srgb, var(--line) 50%, var(--card)); }
.thumb img { display: block; width: 100%; height: 100%; object-fit: cover; }
.thumb.wait { background: repeating-linear-gradient(135deg, var(--line) 0 6px, var(--card) 6px 12px); }
.actions:is(.row *) { display: flex; padding-right: .25rem; }
.actions:is(.row *) button { padding: 0; border-color: transparent; background: none; color: var(--soft); }
.actions:is(.row *) button:hover { border-color: var(--accent); color: var(--text); }
.paper { display: grid; place-items: end center; width: 2.4rem; height: 2.9rem; padding: .15rem; overflow: hidden; border: 2px solid; border-radius: .2rem .8rem .2rem .2rem; color: light-dark(#4a4f57, #b9bec7); font: 700 .6rem/1.1 system-ui, sans-serif; overflow-wrap: anywhere; text-align: center; }
.paper[data-family="pdf"] { color: light-dark(#a4221b, #ff9a91); }
.paper[data-family="text"] { color: light-dark(#1f5aa8, #8ab8f5); }
.paper[data-family="table"] { color: light-dark(#1d6b37, #7fd29a); }
.paper[data-family="slides"] { color: light-dark(#9a4a09, #f5b07a); }

.grid .row { grid-template: minmax(0, 1fr) auto / minmax(0, 1fr); height: 14rem; padding: .3rem; border: 0; background: none; }
.grid .open { flex-direction: column; align-items: stretch; gap: .25rem; padding: .3rem; border-radius: var(--round); background: var(--card); }
.grid .row.selected .open { background: color-mix(in srgb, var(--accent) 14%, var(--card)); }
.grid .thumb { width: auto; height: auto; flex: 1; min-height: 0; }
.grid .text { flex: none; width: 100%; }
.grid .tick { position: absolute; top: .6rem; left: .6rem; z-index: 1; border-radius: .4rem; background: color-mix(in srgb, var(--card) 80%, transparent); }
.grid .actions { display: none; }

dialog { width: min(60rem, calc(100vw - 1.5rem)); max-width: none; max-height: calc(100dvh - 1.5rem); padding: 1rem; border: 1px solid var(--line); border-radius: var(--round); background: var(--card); color: var(--text); }
dialog.small { width: min(30rem, calc(100vw - 1.5rem)); }
dialog::backdrop { background: rgb(0 0 0 / 55%); }
dialog > header { display: flex; gap: .5rem; align-items: start; justify-content: space-between; }
dialog h2 { min-width: 0; font-size: 1.15rem; overflow-wrap: anywhere; }
dialog h3 { margin-top: 1rem; font-size: 1rem; }
dialog label { display: grid; gap: .2rem; margin-top: .6rem; }
dialog .field { width: 100%; }
dialog .buttons { margin-top: 1rem; }
.close, .dismiss { flex: none; padding: 0; border-color: transparent; background: none; }
.viewer { display: grid; grid-template-columns: auto minmax(0, 1fr) auto; gap: .5rem; align-items: center; margin: .75rem 0; }
.viewer > button { padding: 0; }
.stage { position: relative; display: grid; place-items: center; gap: .75rem; height: min(65dvh, 40rem); overflow: hidden; border-radius: .5rem; background: var(--back); }
.stage img { position: absolute; inset: 0; width: 100%; height: 100%; object-fit: contain; }
.stage img + img:not(.loaded) { opacity: 0; }
.stage .paper { width: 5rem; height: 6.2rem; align-self: end; font-size: 1rem; }
.stage p { align-self: start; color: var(--soft); }
.seen:is(dialog *) { display: flex; margin: 0; }
.seen:is(dialog *) .field { width: auto; }
.links li { display: flex; flex-wrap: wrap; gap: .5rem; align-items: center; justify-content: space-between; padding: .4rem 0; border-bottom: 1px solid var(--line); font-size: .9rem; }
.said { min-height: 1.5rem; margin-top: .5rem; }

.home-of-news { display: contents; }
.toasts { position: fixed; inset: auto 1rem 1rem; z-index: 5; display: grid; gap: .5rem; justify-items: center; pointer-events: none; }
.toast { display: flex; gap: .75rem; align-items: center; max-width: 36rem; padding: .35rem .35rem .35rem 1rem; border-radius: var(--round); background: light-dark(#1c1d1f, #ececea); color: light-dark(#fff, #15171a); box-shadow: 0 4px 18px rgb(0 0 0 / 35%); overflow-wrap: anywhere; pointer-events: auto; }
.toast button { flex: none; white-space: nowrap; border-color: currentColor; background: none; }
.toast button:focus-visible { outline-color: currentColor; outline-offset: -4px; }
.toast .dismiss { border-color: transparent; }

@media (max-width: 40rem) {
  .actions:is(.row *) { display: none; }
  .filters select { flex: 1 1 8rem; }
  .card { grid-template-columns: auto minmax(0, 1fr); }
  .card .actions { grid-column: 1 / -1 !important; grid-row: auto; justify-content: start; }
  .viewer { gap: .15rem; }
  .stage { height: 45dvh; }
}
@media (prefers-reduced-motion: no-preference) {
  .drop, button { transition: border-color .15s; }
  .stage img { transition: opacity .2s; }
}
`;
