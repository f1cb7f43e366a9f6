import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { RollcallError } from '../../../model/errors.ts'
import { type Tree, listIn, textIn, treeIn } from '../object.ts'
import type { Credentials, Login } from './access.ts'
import { pemOf } from './context.ts'
import type { Named } from './kubeconfig.ts'

const run = promisify(execFile)

/** Milliseconds: a plug-in may ask a server of its own. */
const PATIENCE = 60_000
/** Milliseconds before it expires that a credential is renewed. */
const EARLY = 10_000
const SPOKEN = ['client.authentication.k8s.io/v1', 'client.authentication.k8s.io/v1beta1']

/** What a plug-in is told of the cluster when it asks for that. */
export interface ClusterOfExec {
  readonly server: URL
  readonly cluster: Named
}

interface Plugin {
  /** Of the user whose it is. */
  readonly name: string
  readonly spec: Tree
  readonly folder: string
}

interface Granted {
  readonly login: Login
  /** Milliseconds since 1970; infinite where it is not said. */
  readonly until: number
}

/**
 * Credentials from a program, kept until they expire or are refused.
 * Source: "client-go credential plugins" in Kubernetes' documentation of authentication.
 */
export function execCredentials(plugin: Plugin, about: ClusterOfExec): Credentials {
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

async function grant(plugin: Plugin, about: ClusterOfExec): Promise<Granted> {
  const { spec, folder } = plugin
  const apiVersion = textIn(spec['apiVersion'])
  if (!SPOKEN.includes(apiVersion)) throw failed(plugin, `its apiVersion "${apiVersion}" is not ${SPOKEN.join(' or ')}`)
  if (spec['interactiveMode'] === 'Always') throw failed(plugin, 'it wants to ask questions, and nobody is there')
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

const pairOf = ({ name, value }: Tree): [string, string] => [textIn(name), textIn(value)]

async function infoFor(apiVersion: string, spec: Tree, { server, cluster }: ClusterOfExec): Promise<object> {
  const info = { apiVersion, kind: 'ExecCredential' }
  if (spec['provideClusterInfo'] !== true) return { ...info, spec: { interactive: false } }
  const authorities = await pemOf(cluster, 'certificate-authority')
  const told = {
    server: server.href.replace(/\/$/, ''),
    'tls-server-name': cluster.value['tls-server-name'],
    'insecure-skip-tls-verify': cluster.value['insecure-skip-tls-verify'],
    'certificate-authority-data': authorities?.toString('base64'),
    'proxy-url': cluster.value['proxy-url'],
  }
  return { ...info, spec: { interactive: false, cluster: told } }
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

/** Nothing that it printed to standard output: that may be the secret. */
function reasonOf(error: unknown): string {
  const { code, stderr, message, killed } = error as {
    code?: unknown
    stderr?: string
    message: string
    killed?: boolean
  }
  if (error instanceof SyntaxError) return 'its answer is no JSON'
  if (code === 'ENOENT') return 'there is no such program'
  if (killed) return `no answer in ${PATIENCE / 1000}s`
  const said = stderr?.trim().split('\n').at(-1)
  if (said) return said
  return typeof code === 'number' ? `it ended with status ${code}` : message
}

function failed({ name, spec }: Plugin, why: string, cause?: unknown): RollcallError {
  const hint = textIn(spec['installHint']).trim()
  const message = `kubernetes: the plug-in ${textIn(spec['command'])} of the user "${name}" gives no credentials: ${why}`
  return new RollcallError('unauthenticated', message, { ...(hint === '' ? {} : { hint }), cause })
}
