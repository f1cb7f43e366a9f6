import type { ConsulServer } from './server.ts'

/** Consul takes 128 operations in one transaction; each instance is two. */
const BATCH = 64
const ABREAST = 8

/** Puts so many instances, each with a check that passes, into the catalogue, spread over so many services; each batch on a node of its own. */
export async function fill(server: ConsulServer, instances: number, services: number): Promise<void> {
  const starts = Array.from({ length: Math.ceil(instances / BATCH) }, (_, at) => at * BATCH)
  const work = async () => {
    for (let start = starts.pop(); start !== undefined; start = starts.pop()) {
      const node = `node-${start}`
      await server.api('PUT', '/v1/catalog/register', { Node: node, Address: '10.0.0.1' })
      const numbers = Array.from({ length: Math.min(BATCH, instances - start) }, (_, offset) => (start ?? 0) + offset)
      await server.api(
        'PUT',
        '/v1/txn',
        numbers.flatMap((at) => serviceAndCheck(node, `s-${at % services}`, at)),
      )
    }
  }
  await Promise.all(Array.from({ length: ABREAST }, work))
}

function serviceAndCheck(node: string, name: string, at: number): object[] {
  const id = `${name}-${at}`
  const Service = {
    ID: id,
    Service: name,
    Tags: ['version=v1.0.0'],
    Address: '10.0.0.1',
    Port: 9000,
    Meta: { zone: 'a' },
  }
  const Check = { Node: node, CheckID: `service:${id}`, Name: 'TTL', Status: 'passing', ServiceID: id }
  return [{ Service: { Verb: 'set', Node: node, Service } }, { Check: { Verb: 'set', Check } }]
}
