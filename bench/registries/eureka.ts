import { eureka as kind } from '../../test/servers/eureka/provision.ts'
import { EurekaServer } from '../../test/servers/eureka/server.ts'
import { together } from '../raw/together.ts'
import { instance } from './fleet.ts'
import { programsOf } from './provide.ts'

const ABREAST = 16
/** Seconds: longer than any bench. Nobody sends heartbeats. */
const LASTING = 86_400

/** A Eureka of the bench's own with so many instances, of one endpoint each, as Kratos writes them. */
export async function startEureka(count: number): Promise<EurekaServer> {
  const server = await EurekaServer.start(await programsOf(kind))
  await together(Array.from({ length: count }).keys(), ABREAST, async (at) => {
    const { id, name, version, metadata } = JSON.parse(instance(at).value) as KratosInstance
    const [app, ip] = [name.toUpperCase(), `10.${at >> 16}.${(at >> 8) & 255}.${at & 255}`]
    const endpoint = `grpc://${ip}:9000`
    const registered = {
      instanceId: `${ip}:${app}:9000`,
      hostName: app,
      app,
      ipAddr: ip,
      vipAddress: app,
      status: 'UP',
      port: { $: 9000, '@enabled': 'true' },
      securePort: { $: 443, '@enabled': 'false' },
      homePageUrl: `${endpoint}/`,
      statusPageUrl: `${endpoint}/info`,
      healthCheckUrl: `${endpoint}/health`,
      dataCenterInfo: { '@class': 'com.netflix.appinfo.InstanceInfo$DefaultDataCenterInfo', name: 'MyOwn' },
      leaseInfo: { renewalIntervalInSecs: LASTING, durationInSecs: LASTING },
      metadata: { ...metadata, ID: id, Name: name, Version: version, Endpoints: endpoint, agent: 'go-eureka-client' },
    }
    await server.call('POST', `/apps/${app}`, { instance: registered })
  })
  return server
}

interface KratosInstance {
  readonly id: string
  readonly name: string
  readonly version: string
  readonly metadata: Readonly<Record<string, string>>
}
