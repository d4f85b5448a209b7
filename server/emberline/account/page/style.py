"""How the page looks. Colours tell places apart: embers for this machine, sea for the user's hosts, slate for
the cloud; all of them keep a contrast of 3:1 or more to their ground, texts one of 4.5:1."""

_LIGHT = """
  --ground: #faf8f5; --card: #ffffff; --edge: #e7e1d8; --ink: #231d17; --soft: #6b6158; --grid: #ece6dd;
  --machine: #d9480f; --host: #0b8a83; --cloud: #64748b; --good: #2b8a3e; --band: #d9480f1f; --spare: #efe9e0;
"""
_DARK = """
  --ground: #14110e; --card: #1e1a16; --edge: #352e27; --ink: #f3ece3; --soft: #b3a799; --grid: #2c2620;
  --machine: #ff8a4c; --host: #35c2b8; --cloud: #94a3b8; --good: #69db7c; --band: #ff8a4c26; --spare: #2c2620;
"""
STYLE = f"""
:root {{ color-scheme: light dark; {_LIGHT} }}
@media (prefers-color-scheme: dark) {{ :root {{ {_DARK} }} }}
body.vscode-light {{ {_LIGHT} }}
body.vscode-dark, body.vscode-high-contrast {{ {_DARK} }}
body.vscode-high-contrast-light {{ {_LIGHT} }}
* {{ box-sizing: border-box; }}
body {{ margin: 0; padding: 2.5rem 1.25rem 4rem; background: var(--ground); color: var(--ink);
  font: 15px/1.5 system-ui, -apple-system, "Segoe UI", "Noto Sans", sans-serif; }}
main {{ max-width: 62rem; margin: 0 auto; }}
header {{ margin-bottom: 1.75rem; }}
h1 {{ font-size: 1.7rem; line-height: 1.2; margin: 0; letter-spacing: -.01em; }}
h1 small {{ font-size: 1rem; font-weight: 400; color: var(--soft); letter-spacing: 0; margin-left: .4rem; }}
header p {{ margin: .3rem 0 0; color: var(--soft); }}
h2 {{ font-size: 1.05rem; margin: 0 0 .2rem; }}
p {{ margin: 0; }}
.note {{ color: var(--soft); font-size: .9rem; max-width: 46rem; }}
.cards {{ display: grid; grid-template-columns: repeat(4, 1fr); gap: 1rem; margin-bottom: 1rem; }}
.card, section {{ background: var(--card); border: 1px solid var(--edge); border-radius: 12px; }}
.card {{ padding: 1rem 1.1rem; }}
.card b {{ display: block; font-size: 1.75rem; line-height: 1.2; letter-spacing: -.02em;
  font-variant-numeric: tabular-nums; }}
.card span {{ color: var(--soft); font-size: .88rem; display: block; }}
section {{ padding: 1.25rem 1.4rem 1.1rem; margin-bottom: 1rem; }}
.pair {{ display: grid; grid-template-columns: 1fr 1fr; gap: 1rem; }}
.pair section {{ min-width: 0; }}
svg {{ display: block; width: 100%; height: auto; margin-top: .9rem; overflow: visible; }}
svg text {{ font: 12px system-ui, -apple-system, "Segoe UI", "Noto Sans", sans-serif; fill: var(--soft); }}
svg text.strong {{ fill: var(--ink); font-weight: 600; }}
svg text.name {{ fill: var(--ink); }}
svg .grid {{ stroke: var(--grid); stroke-width: 1; }}
svg .axis {{ stroke: var(--edge); stroke-width: 1; }}
.machine {{ fill: var(--machine); }} .host {{ fill: var(--host); }} .cloud {{ fill: var(--cloud); }}
.good {{ fill: var(--good); }} .spare {{ fill: var(--spare); }} .band {{ fill: var(--band); }}
.line {{ fill: none; stroke: var(--machine); stroke-width: 2; stroke-linejoin: round; }}
.reach {{ stroke-width: 8; stroke-linecap: round; opacity: .38; }}
.reach.machine {{ stroke: var(--machine); }} .reach.host {{ stroke: var(--host); }}
.reach.cloud {{ stroke: var(--cloud); }}
.key {{ display: flex; flex-wrap: wrap; gap: .3rem 1.1rem; margin: .55rem 0 0; padding: 0; list-style: none;
  color: var(--soft); font-size: .88rem; }}
.key i {{ display: inline-block; width: .7rem; height: .7rem; border-radius: 3px; margin-right: .4rem;
  vertical-align: -1px; }}
.key .machine {{ background: var(--machine); }} .key .host {{ background: var(--host); }}
.key .cloud {{ background: var(--cloud); }} .key .band {{ background: var(--band); }}
.key .good {{ background: var(--good); }} .key .spare {{ background: var(--spare); }}
details {{ margin-top: .8rem; }}
summary {{ cursor: pointer; color: var(--soft); font-size: .88rem; width: max-content; }}
summary:focus-visible {{ outline: 2px solid var(--machine); outline-offset: 3px; border-radius: 3px; }}
.scroll {{ overflow-x: auto; }}
table {{ border-collapse: collapse; width: 100%; margin-top: .6rem; font-size: .9rem;
  font-variant-numeric: tabular-nums; }}
th, td {{ padding: .32rem .5rem; border-bottom: 1px solid var(--grid); text-align: right;
  white-space: nowrap; }}
th {{ color: var(--soft); font-weight: 500; }}
th:first-child, td:first-child, .words {{ text-align: left; }}
td.words {{ white-space: normal; }}
footer {{ color: var(--soft); font-size: .85rem; margin-top: 1.5rem; }}
.empty {{ padding: 2rem; max-width: 40rem; }}
@media (max-width: 52rem) {{
  .cards {{ grid-template-columns: 1fr 1fr; }}
  .pair {{ grid-template-columns: 1fr; }}
  .wide svg {{ min-width: 44rem; }}
}}
@media print {{ body {{ padding: 0; }} section, .card {{ break-inside: avoid; }} }}
"""
