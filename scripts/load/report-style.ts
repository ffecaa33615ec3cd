/** The report's style sheet: light or dark as the reader's system is. */
export const reportStyle = `
:root {
  --page: #ffffff; --text: #1c2024; --quiet: #5f6872; --rule: #dfe3e8;
  --p50: #1b7f79; --p95: #2f66c4; --p99: #b4441f;
  --done: #2f66c4; --refused: #aab4c0; --other: #b4441f;
  --passed: #1b7f3b; --failed: #b42318;
}
@media (prefers-color-scheme: dark) {
  :root {
    --page: #15181c; --text: #e8ebee; --quiet: #9aa5b1; --rule: #2e343b;
    --p50: #4cc5bd; --p95: #7ba7f7; --p99: #f0875c;
    --done: #7ba7f7; --refused: #5a6571; --other: #f0875c;
    --passed: #5fce84; --failed: #ff8a7a;
  }
}
body { margin: 0; background: var(--page); color: var(--text); }
body { font: 16px/1.5 system-ui, sans-serif; }
main { max-width: 900px; margin: 0 auto; padding: 24px 20px 64px; }
h1 { font-size: 1.5rem; margin: 0; }
h2 { font-size: 1rem; margin: 2rem 0 .5rem; }
.verdict { font-weight: 600; margin: .25rem 0 1.25rem; }
.verdict.passed { color: var(--passed); }
.verdict.failed, ul { color: var(--failed); }
dl { display: grid; grid-template-columns: repeat(auto-fill, minmax(150px, 1fr)); gap: 12px 16px; }
dl div { border-top: 2px solid var(--rule); padding-top: 6px; }
dt { color: var(--quiet); font-size: .85rem; }
dd { margin: 0; font-size: 1.2rem; font-variant-numeric: tabular-nums; }
svg { display: block; width: 100%; height: auto; }
svg text { font: 12px system-ui, sans-serif; fill: var(--quiet); }
svg .name { font-weight: 600; }
.grid { stroke: var(--rule); }
path { fill: none; stroke-width: 2; stroke-linejoin: round; stroke-linecap: round; }
.target { fill: transparent; }
.target:hover { fill: var(--text); opacity: .08; }
${['p50', 'p95', 'p99'].map(colourLine).join('\n')}
${['done', 'refused', 'other'].map(colourBar).join('\n')}
table { border-collapse: collapse; font-variant-numeric: tabular-nums; font-size: .9rem; }
th, td { text-align: left; padding: 3px 24px 3px 0; border-bottom: 1px solid var(--rule); }
th { color: var(--quiet); font-weight: 500; }
details { margin-top: 2rem; }
summary { cursor: pointer; }
`

function colourLine(name: string): string {
  return `path.${name} { stroke: var(--${name}); } svg .name.${name} { fill: var(--${name}); }`
}

function colourBar(name: string): string {
  const text = name === 'refused' ? 'quiet' : name
  return `rect.${name} { fill: var(--${name}); } svg .name.${name} { fill: var(--${text}); }`
}
