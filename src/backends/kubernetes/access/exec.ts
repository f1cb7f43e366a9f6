import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { RollcallError } from '../../../model/errors.ts'
import { type JsonTree, listIn, textIn, treeIn } from '../object.ts'
import type { Credentials, ClusterLogin } from './access.ts'
import { type Named, pemOf } from './kubeconfig.ts'

const run = promisify(execFile)

/** Milliseconds: a plug-in may ask a server of its own. */
const PATIENCE = 60_000
/** Milliseconds before it expires that a credential is renewed. */
const EARLY = 10_000
const SUPPORTED = ['client.authentication.k8s.io/v1', 'client.authentication.k8s.io/v1beta1']

/** The cluster that a plug-in logs in to; it gets this where its entry has provideClusterInfo. */
export interface PluginCluster {
  readonly server: URL
  readonly cluster: Named
}

interface Plugin {
  /** Of the user in the kubeconfig. */
  readonly name: string
  readonly spec: JsonTree
  readonly folder: string
}

interface Granted {
  readonly login: ClusterLogin
  /** Milliseconds since 1970; infinite where the plug-in does not tell. */
  readonly until: number
}

/**
 * Credentials from a program, kept until they expire or are refused.
 * Source: "client-go credential plugins" in Kubernetes' documentation of authentication.
 */
export function execCredentials(plugin: Plugin, about: PluginCluster): Credentials {
  let granted: Promise<Granted> | undefined
  const forgetful = (asked: Promise<Granted>): Promise<Granted> => {
    asked.catch(() => (granted = undefined))
    return asked
  }
  return {
    async login(refused) {
      const before = granted
      const known = refused ? undefined : await before
      if (known && known.until - EARLY > Date.now()) return known.login
      // Else another call has asked meanwhile.
      if (granted === before) granted = forgetful(grant(plugin, about))
      return (await granted)?.login ?? {}
    },
  }
}

async function grant(plugin: Plugin, about: PluginCluster): Promise<Granted> {
  const { spec, folder } = plugin
  const apiVersion = textIn(spec['apiVersion'])
  if (!SUPPORTED.includes(apiVersion))
    throw failed(plugin, `its apiVersion "${apiVersion}" is not ${SUPPORTED.join(' or ')}`)
  if (spec['interactiveMode'] === 'Always')
    throw failed(plugin, 'it has to ask questions, but there is no terminal to ask on')
  const command = textIn(spec['command'])
  const program = /[/\\]/.test(command) && !command.startsWith('/') ? join(folder, command) : command
  const env = Object.fromEntries(listIn(spec['env']).map((each) => pairOf(treeIn(each))))
  const info = JSON.stringify(await infoFor(apiVersion, spec, about))
  try {
    const { stdout } = await run(program, listIn(spec['args']).map(textIn), {
      env: { ...process.env, ...env, KUBERNETES_EXEC_INFO: info },
      timeout: PATIENCE,
      maxBuffer: 1 << 20,
    })
    return grantedBy(JSON.parse(stdout) as unknown)
  } catch (error) {
    throw failed(plugin, reasonOf(error), error)
  }
}

const pairOf = ({ name, value }: JsonTree): [string, string] => [textIn(name), textIn(value)]

async function infoFor(apiVersion: string, spec: JsonTree, { server, cluster }: PluginCluster): Promise<object> {
  const info = { apiVersion, kind: 'ExecCredential' }
  if (spec['provideClusterInfo'] !== true) return { ...info, spec: { interactive: false } }
  const authorities = await pemOf(cluster, 'certificate-authority')
  const about = {
    server: server.href.replace(/\/$/, ''),
    'tls-server-name': cluster.value['tls-server-name'],
    'insecure-skip-tls-verify': cluster.value['insecure-skip-tls-verify'],
    'certificate-authority-data': authorities?.toString('base64'),
    'proxy-url': cluster.value['proxy-url'],
  }
  return { ...info, spec: { interactive: false, cluster: about } }
}

function grantedBy(answer: unknown): Granted {
  const status = treeIn(treeIn(answer)['status'])
  const [token, cert, key] = ['token', 'clientCertificateData', 'clientKeyData'].map((name) => textIn(status[name]))
  if (!token && !(cert && key)) throw new Error('its answer has neither a token nor a certificate with its key')
  const until = Date.parse(textIn(status['expirationTimestamp']))
  return {
    login: { ...(token ? { token } : {}), ...(cert && key ? { cert, key } : {}) },
    until: Number.isNaN(until) ? Infinity : until,
  }
}

/** One line. What the plug-in printed to standard output is left out: it may be the secret. */
function reasonOf(error: unknown): string {
  const { code, stderr, message, killed } = error as {
    code?: unknown
    stderr?: string
    message: string
    killed?: boolean
  }
  if (error instanceof SyntaxError) return 'its answer is not JSON'
  if (code === 'ENOENT') return 'there is no such program'
  if (killed) return `no answer in ${PATIENCE / 1000}s`
  const lastLine = stderr?.trim().split('\n').at(-1)
  if (lastLine) return lastLine
  return typeof code === 'number' ? `it ended with status ${code}` : message
}

function failed({ name, spec }: Plugin, why: string, cause?: unknown): RollcallError {
  const hint = textIn(spec['installHint']).trim()
  const message = `kubernetes: the plug-in ${textIn(spec['command'])} of the user "${name}" gives no credentials: ${why}`
  return new RollcallError('unauthenticated', message, { ...(hint === '' ? {} : { hint }), cause })
}
