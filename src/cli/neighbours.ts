import type { Neighbour } from '../backends/contract/backend.ts'
import type { Client } from '../client/client.ts'
import { DEFAULT_PREFIXES, isDefaultPrefix, layouts } from '../layouts/index.ts'
import type { Context } from './command.ts'
import type { ForeignKeys } from '../reports/foreign.ts'
import { clean, grouped } from './output/text.ts'
import { foreignLine } from './output/summary.ts'

/** Says where else records lie that look like ours, and what else is recognised, when a registry seems empty. */
export async function sayNeighbours(context: Context): Promise<void> {
  const client = await context.client()
  const found = (await client.backend.neighbours?.({ signal: context.signal })) ?? []
  const ours = found.filter(({ looksLike }) => looksLike === undefined)
  const others = found.filter(({ looksLike }) => looksLike !== undefined)
  const [first] = ours
  const similar = first && `found similar ones under ${ours.map(placeText).join(', ')}: try ${first.option}`
  await context.say([`no records ${whereLooked(client)}`, similar, ...others.map(likeText)].filter(Boolean).join('; '))
}

/** Says how many keys of other programs were met; where nobody owns the prefix, also how to have them judged. */
export async function sayForeign(context: Context, { target }: Client, foreign: ForeignKeys): Promise<void> {
  if (foreign.keys === 0) return
  const { prefix, layout } = target
  const isOwned = prefix === undefined || layout !== 'auto' || isDefaultPrefix(prefix)
  await context.say(isOwned ? foreignLine(foreign) : `${foreignLine(foreign)}; --layout kratos would judge them`)
}

function placeText(neighbour: Neighbour): string {
  return `${clean(neighbour.place)} (${countText(neighbour)})`
}

/** go-zero's addresses can be read as they are; of the others there is only the place to name. */
function likeText(neighbour: Neighbour): string {
  const { place, looksLike, services = [] } = neighbour
  const what = `like ${looksLike}: ${services.map((service) => clean(service)).join(', ')} (${countText(neighbour)})`
  const quoted = place === '' ? "''" : clean(place)
  return looksLike === 'go-zero' ? `${what}: --prefix ${quoted}` : `${what} under ${quoted}`
}

function countText({ count, unit, more }: Neighbour): string {
  return `${grouped(count)}${more ? '+' : ''} ${count === 1 && !more ? unit : `${unit}s`}`
}

function whereLooked({ target, capabilities, backend }: Client): string {
  if (target.prefix === '') return 'in the whole store'
  if (target.prefix !== undefined) return `under ${target.prefix}`
  if (capabilities.namespaces || !backend.neighbours) return `in ${target.display}`
  return `under ${target.layout === 'auto' ? DEFAULT_PREFIXES.join(' and ') : layouts[target.layout].defaultPrefix}`
}
