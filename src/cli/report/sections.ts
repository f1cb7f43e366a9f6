import type { ServiceTally } from '../../reports/stats.ts'
import { tallyText } from '../check-keys/task.ts'
import type { Column } from '../output/columns.ts'
import { findingsTable } from '../output/findings.ts'
import { historyLine, historyTable } from '../output/history.ts'
import { allInstancesTable, hostsTable } from '../output/instances.ts'
import { statsTable } from '../output/stats-table.ts'
import { amount, grouped } from '../../model/count.ts'
import { statusBar } from './bar.ts'
import { MOST, type Report } from './collect.ts'
import { type Html, html } from './html.ts'
import { table } from './table.ts'

/** In the order in which somebody looks for a fault. A section without rows is not there, but for what says that nothing is wrong. */
export function sections(report: Report): readonly Html[] {
  return [sick, services, findings, history, hosts].map((section) => section(report))
}

function sick({ sick: { some, all }, asOf }: Report): Html {
  if (all === 0) return html`<h2>Not up</h2><p class="good">Every instance is up.</p>`
  const columns = [...allInstancesTable.columns.filter(({ wide }) => !wide), REASON]
  return html`<h2>Not up: ${grouped(all)}</h2>${table(columns, { items: some, all, command: "rollcall ls --all --status '!up'" }, asOf)}`
}

const REASON: Column<{ readonly reason?: string }> = { name: 'REASON', text: ({ reason }) => reason ?? '' }

function services({ stats: { perService, services: all }, asOf }: Report): Html {
  if (perService.length === 0) return html`<h2>Services</h2><p>There is no service.</p>`
  const items = [...perService].sort((a, b) => soundness(a) - soundness(b)).slice(0, MOST)
  const drawn = { STATUS: ({ byStatus }: ServiceTally) => statusBar(byStatus) }
  return html`<h2>${amount(all, 'service')}, the worst first</h2>${table(statsTable().columns, { items, all: perService.length, command: 'rollcall stats', drawn }, asOf)}`
}

/** 0: none is up, up to 1: all are, and no record is malformed. */
function soundness({ instances, byStatus, malformed }: ServiceTally): number {
  const records = instances + malformed
  return records === 0 ? 1 : (byStatus.up ?? 0) / records
}

function findings({ findings: { worst, counts }, asOf }: Report): Html {
  const { error, warning, info } = counts
  const all = error + warning + info
  const summary = tallyText(counts)
  if (all === 0) return html`<h2>Findings</h2><p class="good">${summary}</p>`
  return html`<h2>Findings</h2><p>${summary}</p>${table(findingsTable.columns, { items: worst, all, command: 'rollcall check-keys' }, asOf)}`
}

function history({ history: told, asOf }: Report): Html {
  if (told === undefined)
    return html`<h2>History</h2><p class="soft">There is no journal. <code>rollcall watch --journal FILE</code> writes one, <code>rollcall report --journal FILE</code> shows it.</p>`
  const { since, begins, latest, all, summary } = told
  const from = begins !== undefined && begins > since ? begins : since
  const items = latest.toReversed()
  return html`<h2>History since ${from.slice(0, 19)}Z, the latest first</h2><p>${historyLine(summary)}</p>${
    items.length > 0 ? table(historyTable.columns, { items, all, command: 'rollcall history' }, asOf) : undefined
  }`
}

function hosts({ hosts: all, asOf }: Report): Html {
  if (all.length === 0) return html``
  const items = [...all].sort((a, b) => a.up / a.instances - b.up / b.instances).slice(0, MOST)
  return html`<h2>${amount(all.length, 'host')}</h2>${table(hostsTable.columns, { items, all: all.length, command: 'rollcall ls --hosts' }, asOf)}`
}
