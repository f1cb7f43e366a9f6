import { eureka as kind } from '../../test/servers/eureka/provision.ts'
import { EurekaServer, type Registered } from '../../test/servers/eureka/server.ts'
import { instance } from './fleet.ts'
import { programsOf } from './provide.ts'

/** Seconds: longer than any bench. Nobody sends heartbeats. */
const LASTING = 86_400

/** A Eureka of the bench's own with so many instances, of one endpoint each, as Kratos writes them. */
export async function startEureka(count: number): Promise<EurekaServer> {
  const server = await EurekaServer.start(await programsOf(kind))
  await server.fill(Array.from({ length: count }, (_, at) => registeredAt(at)))
  return server
}

function registeredAt(at: number): Registered {
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
  return registered
}

interface KratosInstance {
  readonly id: string
  readonly name: string
  readonly version: string
  readonly metadata: Readonly<Record<string, string>>
}
