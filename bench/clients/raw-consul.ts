// The least that lists a Consul's instances as its documentation has it: the names, then each service's health. Trusts every answer.
import { once } from 'node:events'
import { Agent, get } from 'node:http'

interface Entry {
  readonly Node: { readonly Node: string; readonly Datacenter: string }
  readonly Service: {
    readonly ID: string
    readonly Service: string
    readonly Tags: readonly string[]
    readonly Meta: Readonly<Record<string, string>>
    readonly Address: string
    readonly Port: number
  }
}

const ABREAST = 16
const [endpoint = ''] = process.argv.slice(2)
const agent = new Agent({ keepAlive: true, maxSockets: ABREAST })

const names = Object.keys(await ask<object>('/v1/catalog/services')).filter((name) => name !== 'consul')
await Promise.all(
  Array.from({ length: ABREAST }, async () => {
    for (let name = names.pop(); name !== undefined; name = names.pop()) {
      const entries = await ask<Entry[]>(`/v1/health/service/${name}`)
      if (!process.stdout.write(entries.map(lineOf).join(''))) await once(process.stdout, 'drain')
    }
  }),
)
agent.destroy()

function lineOf({ Node, Service }: Entry): string {
  const { ID: id, Service: name, Tags, Meta: metadata, Address, Port } = Service
  const version = Tags.find((tag) => tag.startsWith('version='))?.slice('version='.length)
  const endpoints = [`http://${Address}:${Port}`]
  const place = { datacenter: Node.Datacenter, node: Node.Node }
  return `${JSON.stringify({ id, name, version, metadata, endpoints, status: 'up', owner: Node.Node, place, layout: 'kratos' })}\n`
}

async function ask<T>(path: string): Promise<T> {
  return await new Promise((resolve, reject) => {
    get(`http://${endpoint}${path}`, { agent }, (answer) => {
      let text = ''
      answer.setEncoding('utf8').on('data', (chunk: string) => {
        text += chunk
      })
      answer.once('end', () => resolve(JSON.parse(text) as T))
    }).once('error', reject)
  })
}
