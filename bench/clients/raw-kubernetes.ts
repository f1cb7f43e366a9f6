// The least that lists the Pods that Kratos marked: pages of 500 by its label, as its own client reads them. Trusts every answer.
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { RawHttp } from '../raw/http.ts'

interface Pod {
  readonly metadata: {
    readonly name: string
    readonly creationTimestamp: string
    readonly labels: Readonly<Record<string, string>>
    readonly annotations: Readonly<Record<string, string>>
  }
  readonly spec: {
    readonly containers: readonly {
      readonly ports?: readonly { readonly name?: string; readonly containerPort: number }[]
    }[]
  }
  readonly status: { readonly podIP: string; readonly phase: string }
}

interface Answer {
  readonly metadata: { readonly continue?: string }
  readonly items: readonly Pod[]
}

const PAGE = 500
const [url = '', cacert = '', token = ''] = process.argv.slice(2)
const kubernetes = new RawHttp(url, readFileSync(cacert))
const headers = { authorization: `Bearer ${token}` }
let next: string | undefined
do {
  const query = new URLSearchParams({ labelSelector: 'kratos-service-app', limit: String(PAGE), continue: next ?? '' })
  const answer = await kubernetes.ask<Answer>(`/api/v1/namespaces/default/pods?${query.toString()}`, { headers })
  next = answer.metadata.continue
  if (!process.stdout.write(answer.items.map(lineOf).join(''))) await once(process.stdout, 'drain')
} while (next)
kubernetes.close()

function lineOf({ metadata: { name: pod, creationTimestamp, labels, annotations }, spec, status }: Pod): string {
  const { 'kratos-service-id': id, 'kratos-service-app': name, 'kratos-service-version': version } = labels
  const metadata: unknown = JSON.parse(annotations['kratos-service-metadata'] ?? '{}')
  const ports = spec.containers.flatMap((container) => container.ports ?? [])
  const endpoints = ports.map((port) => `${port.name}://${status.podIP}:${port.containerPort}`)
  const known = { status: 'up', owner: pod, place: { namespace: 'default' }, registeredAt: creationTimestamp }
  return `${JSON.stringify({ id, name, version, metadata, endpoints, ...known, layout: 'kratos' })}\n`
}
