import type { Client } from '../../src/client/client.ts'
import type { InstanceEntry } from '../../src/model/reading.ts'

/** The instances of a registry, or of some of its services. */
export async function instancesOf(client: Client, services?: readonly string[]): Promise<InstanceEntry[]> {
  const found: InstanceEntry[] = []
  for await (const entry of client.entries(services ? { services } : {})) if (entry.is === 'instance') found.push(entry)
  return found
}
