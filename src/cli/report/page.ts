import { packageVersion } from '../../model/package-version.ts'
import { amount, grouped } from '../../model/count.ts'
import { statusBar } from './bar.ts'
import type { Report } from './collect.ts'
import { type Html, html } from './html.ts'
import { sections } from './sections.ts'
import { STYLE } from './style.ts'

/** The report as one file that loads nothing and runs nothing: it may be mailed, and opened anywhere. */
export function page(report: Report): string {
  const { registry, services, asOf, revision } = report
  const time = `${new Date(asOf).toISOString().slice(0, 19)}Z`
  const of = services.length === 0 ? '' : `: ${services.join(', ')}`
  const { text } = html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>${registry}${of} at ${time}</title>
<style>${STYLE}</style>
</head>
<body>
<main>
<h1>${registry}${of}</h1>
<p class="soft">${time}${revision === undefined ? '' : `, revision ${revision}`} &middot; rollcall ${packageVersion}</p>
${headlines(report)}
${sections(report)}
</main>
</body>
</html>
`
  return text
}

/** What somebody has to know who reads no further. */
function headlines({ stats, findings }: Report): Html {
  const { instances, byStatus, malformed, foreign, services, perService } = stats
  const without = perService.filter((one) => one.name !== '' && one.instances > 0 && !one.byStatus.up)
  const named = without.slice(0, NAMED).map(({ name }) => name)
  const more = without.length > NAMED ? ` and ${grouped(without.length - NAMED)} more` : ''
  return html`<p><strong>${amount(services, 'service')}, ${amount(instances, 'instance')}</strong></p>
<div>${statusBar(byStatus)}</div>
${without.length > 0 ? html`<p class="bad">${amount(without.length, 'service')} with no instance up: ${named.join(', ')}${more}</p>` : undefined}
${malformed > 0 ? html`<p class="bad">${amount(malformed, 'record')} could not be read</p>` : undefined}
${findings.counts.error > 0 && malformed === 0 ? html`<p class="bad">${amount(findings.counts.error, 'error')} in the records</p>` : undefined}
${foreign.keys > 0 ? html`<p class="soft">${grouped(foreign.keys)} keys of other programs</p>` : undefined}`
}

/** So many services are named in a sentence. */
const NAMED = 10
