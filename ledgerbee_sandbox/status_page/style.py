"""How the status page looks: one sheet, for light and dark, for desks and phones."""

STYLE = """
:root { --ink: #1c1917; --paper: #fff; --soft: #57534e; --line: #e7e5e4;
  --link: #1d4ed8; --bad: #b91c1c; --good: #15803d; }
body { font: 15px/1.5 system-ui, sans-serif; margin: 2rem auto; max-width: 72rem; padding: 0 1rem; }
body { background: var(--paper); color: var(--ink); } a { color: var(--link); }
h1 { font-size: 1.4rem; } h2 { font-size: 1.05rem; margin-top: 2rem; } summary { cursor: pointer; margin-top: .6rem; }
table { border-collapse: collapse; width: 100%; } th { text-align: left; font-weight: 600; }
td, th { padding: .25rem .6rem; border-bottom: 1px solid var(--line); vertical-align: top; }
td:first-child, th:first-child { padding-left: 0; }
td, code { overflow-wrap: break-word; }
.count, .sum { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap; }
.at, .number { white-space: nowrap; font-variant-numeric: tabular-nums; }
.bad { color: var(--bad); } .good { color: var(--good); } .soft { color: var(--soft); }
@media (max-width: 40rem) {
  body { margin-top: 1rem; }
  table, tbody { display: block; } thead, .at, .number, td:empty { display: none; }
  tr { display: flex; flex-wrap: wrap; column-gap: .8rem; padding: .4rem 0; border-bottom: 1px solid var(--line); }
  td { border: 0; padding: 0; min-width: 0; max-width: 100%; }
  .what, .operation { flex: 1; } .by, .request, .options { flex-basis: 100%; color: var(--soft); }
  .sum { flex-basis: 100%; white-space: normal; text-align: left; }
}
@media (prefers-color-scheme: dark) { :root { color-scheme: dark; --ink: #e7e5e4; --paper: #1c1917; --soft: #a8a29e;
  --line: #44403c; --link: #93c5fd; --bad: #fca5a5; --good: #86efac; } }
"""
