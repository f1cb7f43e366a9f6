import { Html } from './html.ts'

/** Colours have a contrast of at least 4.5 : 1 on their ground, light and dark. Printed, the bars keep their colours. */
export const STYLE = new Html(`
:root { color-scheme: light dark; --ground: #ffffff; --ink: #171a1d; --soft: #5a6169; --line: #dfe2e5; --good: #17793f; --notice: #8f5600; --bad: #bd2b26; }
@media (prefers-color-scheme: dark) {
  :root { --ground: #0e1113; --ink: #e8eaec; --soft: #9ba3ab; --line: #2a3036; --good: #4cc283; --notice: #f0b24a; --bad: #ff7a72; }
}
* { box-sizing: border-box; }
body { margin: 0 auto; max-width: 75rem; padding: 1.5rem; background: var(--ground); color: var(--ink); font: 14px/21px system-ui, "Segoe UI", Roboto, sans-serif; overflow-wrap: anywhere; }
h1 { margin: 0; font-size: 1.25rem; }
h2 { margin: 2rem 0 0.5rem; font-size: 1rem; }
p { margin: 0.25rem 0; }
code, td:first-child { font-family: ui-monospace, Menlo, Consolas, "DejaVu Sans Mono", monospace; font-size: 0.8125rem; }
.soft, .quiet { color: var(--soft); }
.good { color: var(--good); }
.notice { color: var(--notice); }
.bad { color: var(--bad); }
.strong { font-weight: 600; }
.wide { overflow-x: auto; }
table { border-collapse: collapse; width: 100%; }
th, td { padding: 0.25rem 0.75rem 0.25rem 0; border-bottom: 1px solid var(--line); text-align: left; vertical-align: top; overflow-wrap: break-word; }
td { max-width: 30rem; }
th { color: var(--soft); font-weight: 500; white-space: nowrap; }
.right { text-align: right; }
.bar { display: flex; width: 10rem; height: 0.75rem; margin-top: 0.3rem; print-color-adjust: exact; }
.bar i { display: block; }
i.good { background: var(--good); }
i.notice { background: var(--notice); }
i.bad { background: var(--bad); }
`)
