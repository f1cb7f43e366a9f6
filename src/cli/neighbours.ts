import type { Client } from '../client/client.ts'
import { DEFAULT_PREFIXES, layouts } from '../layouts/index.ts'
import type { Context } from './context.ts'
import { grouped } from './output/index.ts'

/** Says where else records lie that look like ours, when a registry seems empty. */
export async function sayNeighbours(context: Context): Promise<void> {
  const client = await context.client()
  const nothing = `nothing ${whereLooked(client)}`
  const found = (await client.backend.neighbours?.({ signal: context.signal })) ?? []
  if (found.length === 0) return await context.say(nothing)
  const places = found.map(({ prefix, records, more }) => {
    const keys = records === 1 && !more ? 'key' : 'keys'
    return `${prefix} (${grouped(records)}${more ? '+' : ''} ${keys})`
  })
  await context.say(`${nothing}; like ours: ${places.join(', ')}: use --prefix`)
}

function whereLooked({ target, capabilities, backend }: Client): string {
  if (target.prefix !== undefined) return `under ${target.prefix}`
  if (!capabilities.rawKeys || !backend.neighbours) return `in ${target.display}`
  return `under ${target.layout === 'auto' ? DEFAULT_PREFIXES.join(' and ') : layouts[target.layout].defaultPrefix}`
}
