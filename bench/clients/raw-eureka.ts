// The least that lists a Eureka's instances: one request for all of them. Trusts every answer.
import { once } from 'node:events'
import { RawHttp } from '../raw/http.ts'

interface Instance {
  readonly metadata: Readonly<Record<string, string>>
  readonly status: string
  readonly leaseInfo: {
    readonly durationInSecs: number
    readonly registrationTimestamp: number
    readonly lastRenewalTimestamp: number
    readonly serviceUpTimestamp: number
  }
}

interface Answer {
  readonly applications: { readonly application: readonly { readonly instance: readonly Instance[] }[] }
}

const [address = ''] = process.argv.slice(2)
const eureka = new RawHttp(`http://${address}/eureka`)
const { applications } = await eureka.ask<Answer>('/apps', { headers: { accept: 'application/json' } })
for (const { instance } of applications.application)
  if (!process.stdout.write(instance.map(lineOf).join(''))) await once(process.stdout, 'drain')
eureka.close()

function lineOf({ metadata: all, status, leaseInfo: lease }: Instance): string {
  const { ID: id, Name: name, Version: version, Endpoints: endpoint, agent, ...metadata } = all
  const known = {
    status: status.toLowerCase(),
    ttl: { granted: lease.durationInSecs },
    registeredAt: new Date(lease.registrationTimestamp).toISOString(),
    startedAt: new Date(lease.serviceUpTimestamp).toISOString(),
    renewedAt: new Date(lease.lastRenewalTimestamp).toISOString(),
    layout: 'kratos',
  }
  if (agent === undefined) throw new Error(`${id} was not written by Kratos`)
  return `${JSON.stringify({ id, name, version, metadata, endpoints: [endpoint], ...known })}\n`
}
