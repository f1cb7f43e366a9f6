import { readFile } from 'node:fs/promises'
import { Agent as HttpAgent } from 'node:http'
import { Agent as HttpsAgent, type AgentOptions } from 'node:https'
import { isIP } from 'node:net'
import { checkServerIdentity } from 'node:tls'
import { RollcallError, messageOf } from '../../model/errors.ts'
import type { OpenOptions, Target } from '../contract/backend.ts'
import { type Tls, readTls } from '../contract/tls.ts'
import { Agent } from './agent.ts'
import { Agents } from './agents.ts'
import { ConsulBackend } from './backend.ts'
import { Catalogue } from './catalogue.ts'
import type { Package } from './package.ts'
import { datacentersIn } from './target.ts'

/** Loads the consul package, and sends nothing yet. */
export async function openConsul(target: Target, { now }: OpenOptions): Promise<ConsulBackend> {
  const { default: Client } = await import('consul')
  const { requestTimeout: timeout, secure, layout } = target
  const token = target.token ?? (await tokenIn(target.tokenFile)) ?? ''
  const tls = secure ? await readTls('consul', target.tls ?? {}) : undefined
  const headers = headersOf(target)
  const agents = target.endpoints.map((endpoint) => {
    const { host, port } = placeOf(endpoint)
    const connections = tls
      ? new HttpsAgent({ keepAlive: true, host, ...tlsOptions(host, tls) })
      : new HttpAgent({ keepAlive: true, host })
    // Its types leave the headers out. To the agent the host is told once more: the package leaves brackets around IPv6 addresses.
    const options = { host: host.includes(':') ? `[${host}]` : host, port, secure, agent: connections, headers }
    return new Agent(endpoint, { client: new Client(options) as Package, connections, token, timeout })
  })
  const about = { hasToken: token !== '', secure, timeout }
  const catalogue = new Catalogue(new Agents(agents, about), datacentersIn(target.url))
  return new ConsulBackend({ catalogue, layout, timeout, now })
}

async function tokenIn(file: string | undefined): Promise<string | undefined> {
  if (file === undefined) return undefined
  try {
    return (await readFile(file, 'utf8')).trim()
  } catch (error) {
    throw new RollcallError('config', `CONSUL_HTTP_TOKEN_FILE: ${file} cannot be read: ${messageOf(error)}`, {
      cause: error,
    })
  }
}

function headersOf({ namespace, url }: Target): Record<string, string> {
  const partition = url.query['partition']
  return {
    ...(namespace === undefined ? {} : { 'x-consul-namespace': namespace }),
    ...(partition === undefined ? {} : { 'x-consul-partition': partition }),
  }
}

function placeOf(endpoint: string): { host: string; port: number } {
  const colon = endpoint.lastIndexOf(':')
  return { host: endpoint.slice(0, colon).replace(/^\[|\]$/g, ''), port: Number(endpoint.slice(colon + 1)) }
}

function tlsOptions(host: string, tls: Tls): AgentOptions {
  const name = tls.serverName ?? host
  return {
    secureContext: tls.context,
    rejectUnauthorized: tls.verify,
    servername: isIP(name) === 0 ? name : '',
    checkServerIdentity: (_, certificate) => checkServerIdentity(name, certificate),
  }
}
