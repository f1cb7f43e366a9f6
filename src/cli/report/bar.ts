import { STATUSES } from '../../model/status.ts'
import { toneOfStatus } from '../output/colours.ts'
import { grouped } from '../../model/count.ts'
import { type Html, html } from './html.ts'

/** How many instances have each status, as a bar and in words. */
export function statusBar(byStatus: Readonly<Record<string, number>>): Html {
  const parts = STATUSES.flatMap((status) => ({ status, count: byStatus[status] ?? 0 })).filter(
    ({ count }) => count > 0,
  )
  const all = parts.reduce((sum, { count }) => sum + count, 0)
  const words = parts.map(({ status, count }) => `${grouped(count)} ${status}`).join(', ') || 'none'
  const pieces = parts.map(
    ({ status, count }) =>
      html`<i class="${toneOfStatus(status)}" style="width:${((100 * count) / all).toFixed(2)}%"></i>`,
  )
  return html`${words}<span class="bar" aria-hidden="true">${pieces}</span>`
}
