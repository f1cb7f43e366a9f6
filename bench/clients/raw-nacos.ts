// The least that lists a Nacos' instances by version 2 of its API: pages of names, then each service's instances. Trusts every answer.
import { once } from 'node:events'
import { RawHttp } from '../raw/http.ts'

interface Host {
  readonly ip: string
  readonly port: number
  readonly weight: number
  readonly healthy: boolean
  readonly clusterName: string
  readonly metadata: Readonly<Record<string, string>>
}

const PAGE = 500
const [endpoint = ''] = process.argv.slice(2)
const nacos = new RawHttp(`http://${endpoint}/nacos`)
const names: string[] = []
for (let page = 1; ; page += 1) {
  const answer = await nacos.ask<{ data: { services: string[] } }>(
    `/v2/ns/service/list?namespaceId=public&groupName=DEFAULT_GROUP&pageNo=${page}&pageSize=${PAGE}`,
  )
  names.push(...answer.data.services)
  if (answer.data.services.length < PAGE) break
}
await nacos.each(names, async (name) => {
  const answer = await nacos.ask<{ data: { hosts: Host[] } }>(
    `/v2/ns/instance/list?namespaceId=public&groupName=DEFAULT_GROUP&serviceName=${encodeURIComponent(name)}`,
  )
  const lines = answer.data.hosts.map((host) => lineOf(name, host)).join('')
  if (!process.stdout.write(lines)) await once(process.stdout, 'drain')
})
nacos.close()

function lineOf(service: string, { ip, port, weight, healthy, clusterName, metadata: all }: Host): string {
  const { kind, version, ...metadata } = all
  const name = service.slice(0, -(kind?.length ?? 0) - 1)
  const place = { namespace: 'public', group: 'DEFAULT_GROUP', cluster: clusterName }
  const known = { status: healthy ? 'up' : 'unhealthy', weight, place, layout: 'kratos-scheme' }
  return `${JSON.stringify({ id: ip, name, version, metadata, endpoints: [`${kind}://${ip}:${port}`], ...known })}\n`
}
