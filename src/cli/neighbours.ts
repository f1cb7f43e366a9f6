import type { Client } from '../client/client.ts'
import { DEFAULT_PREFIXES, layouts } from '../layouts/index.ts'
import type { Context } from './context.ts'
import { grouped } from './output/index.ts'

/** Says where else records lie that look like ours, when a registry seems empty. */
export async function sayNeighbours(context: Context): Promise<void> {
  const client = await context.client()
  const nothing = `nothing ${whereLooked(client)}`
  const found = (await client.backend.neighbours?.({ signal: context.signal })) ?? []
  const [first] = found
  if (!first) return await context.say(nothing)
  const places = found.map(({ place, count, unit, more }) => {
    const units = count === 1 && !more ? unit : `${unit}s`
    return `${place} (${grouped(count)}${more ? '+' : ''} ${units})`
  })
  await context.say(`${nothing}; like ours: ${places.join(', ')}: use ${first.option}`)
}

function whereLooked({ target, capabilities, backend }: Client): string {
  if (target.prefix === '') return 'in the whole store'
  if (target.prefix !== undefined) return `under ${target.prefix}`
  if (capabilities.namespaces || !backend.neighbours) return `in ${target.display}`
  return `under ${target.layout === 'auto' ? DEFAULT_PREFIXES.join(' and ') : layouts[target.layout].defaultPrefix}`
}
