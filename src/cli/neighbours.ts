import type { Context } from './context.ts'

/** Says where else records lie that look like ours, when a registry seems empty. */
export async function sayNeighbours(context: Context): Promise<void> {
  const client = await context.client()
  const looked =
    client.target.prefix ?? (client.capabilities.rawKeys ? '/microservices and /aio/registry' : client.target.display)
  const found = (await client.backend.neighbours?.({ signal: context.signal })) ?? []
  if (found.length === 0) {
    await context.say(`nothing under ${looked}`)
    return
  }
  const places = found.map(
    ({ prefix, records, more }) => `${prefix} (${records.toLocaleString('en')}${more ? '+' : ''} keys)`,
  )
  await context.say(`nothing under ${looked}; like ours: ${places.join(', ')}: use --prefix`)
}
