/** The page's only style sheet; it stands in the page, whose policy allows it by its hash. */
export const style = `
:root{color-scheme:light dark;--ink:#1c2330;--soft:#5b6575;--rule:#d9dee6;--page:#fff;--card:#f7f8fa;--hit:#1f77b4;--miss:#d62728}
@media(prefers-color-scheme:dark){:root{--ink:#e4e8ee;--soft:#9aa5b5;--rule:#37404d;--page:#14181f;--card:#1b2129;--hit:#4a9edb;--miss:#e5605f}}
body{font:15px/1.5 system-ui,sans-serif;color:var(--ink);background:var(--page);max-width:1200px;margin:0 auto;padding:24px}
h1{font-size:26px;margin:0 0 4px}h2{font-size:19px;margin:32px 0 8px;border-bottom:1px solid var(--rule)}h3{font-size:16px;margin:20px 0 4px}
p{margin:4px 0 12px;color:var(--soft)}section{overflow-x:auto}
table{border-collapse:collapse;margin:8px 0 16px}th,td{padding:3px 12px 3px 0;text-align:right;border-bottom:1px solid var(--rule);font-variant-numeric:tabular-nums;white-space:nowrap}
th:first-child{text-align:left}thead th{color:var(--soft);font-weight:600}tbody th{font-weight:400}td.note{color:var(--soft);text-align:left}
dl{display:grid;grid-template-columns:max-content 1fr;gap:2px 16px;margin:12px 0}dt{color:var(--soft)}dd{margin:0}
.panels{display:grid;grid-template-columns:repeat(auto-fill,minmax(330px,1fr));gap:16px}
figure{margin:0;padding:12px;background:var(--card);border:1px solid var(--rule);border-radius:6px}figcaption{font-weight:600}
svg{width:100%;height:auto;display:block}svg.small{width:124px;height:12px}
svg text{fill:var(--soft);font:11px system-ui,sans-serif}svg text.cell{fill:var(--ink)}svg text.bright{fill:#fff}
.grid{stroke:var(--rule);stroke-width:.6}.frame{fill:none;stroke:var(--soft);stroke-width:.8}.guide{stroke:var(--soft);stroke-dasharray:4 3}
.line{fill:none;stroke-width:1.8}.dots circle{fill-opacity:.45}.hit{fill:var(--hit)}.miss{fill:var(--miss)}
.legend{display:flex;flex-wrap:wrap;gap:4px 14px;font-size:13px;margin:4px 0 0}.key::before{content:"";display:inline-block;width:10px;height:10px;border-radius:2px;margin-right:5px}
ul.warnings{padding-left:20px}ul.warnings code{margin-right:6px}
${[
  '#1f77b4',
  '#e0701a',
  '#8d99a8',
  '#2ca02c',
  '#d62728',
  '#9467bd',
  '#8c564b',
  '#e377c2',
  '#bcbd22',
  '#17becf',
]
  .map(
    (colour, at) => `.s${at}{stroke:${colour}}.f${at}{fill:${colour}}.k${at}::before{background:${colour}}`,
  )
  .join('')}
`
