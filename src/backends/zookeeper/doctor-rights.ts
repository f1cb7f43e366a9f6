import { createHash } from 'node:crypto'
import type { Diagnosis } from '../../model/diagnosis.ts'
import { option } from '../../model/wording.ts'
import { type DiagnoseContext, type Diagnoses, tried } from '../contract/diagnose.ts'
import { prefixToWrite } from '../kv/context.ts'
import { isMasked } from './beside.ts'
import {
  type AclEntry,
  type SessionLogin,
  ServerCode,
  ServerError,
  exists,
  getAcl,
  getChildren,
  isServerError,
} from './client/index.ts'
import type { Ensemble } from './ensemble.ts'

const CREATE = 4

interface User {
  readonly ensemble: Ensemble
  readonly login: SessionLogin | undefined
}

/** What the user has permission to do at the node below which instances are written: by reading it, and by its ACL. */
export async function rightsDiagnoses(
  context: DiagnoseContext,
  about: Diagnoses,
  user: User,
): Promise<readonly Diagnosis[]> {
  const wanted = prefixToWrite(context.target, 'tree').text || '/'
  return await tried(context, about, 'read', async (signal) => {
    const { ensemble } = user
    const path = await ensemble.explaining(`look at ${wanted}`, () => nearest(ensemble, wanted, signal))
    const where = path === wanted ? path : `${path}, since there is no ${wanted} yet`
    return [await reading(about, user, { path, where }, signal), await writing(about, user, { path, where }, signal)]
  })
}

/** The node, or else the nearest above it that exists. */
async function nearest({ main }: Ensemble, path: string, signal: AbortSignal): Promise<string> {
  for (let at = path; at !== '/'; at = at.slice(0, at.lastIndexOf('/')) || '/')
    try {
      await main.request(exists(at), signal)
      return at
    } catch (error) {
      // Without permission to look at it, it is there.
      if (isServerError(error, ServerCode.noAuth)) return at
      if (!isServerError(error, ServerCode.noNode)) throw error
    }
  return '/'
}

interface Node {
  readonly path: string
  readonly where: string
}

const whoMay = () =>
  `an admin of the node changes its ACL (setAcl in zkCli), or use another user with ${option('user')}`

async function reading(
  about: Diagnoses,
  { ensemble }: User,
  { path, where }: Node,
  signal: AbortSignal,
): Promise<Diagnosis> {
  try {
    await ensemble.main.request(getChildren(path), signal)
    return about.ok('read', `has permission to read ${where}`)
  } catch (error) {
    if (!isServerError(error, ServerCode.noAuth)) throw ensemble.explain(error, `read ${path}`)
    return about.error('read', `has no permission to read ${where}`, whoMay())
  }
}

async function writing(about: Diagnoses, user: User, { path, where }: Node, signal: AbortSignal): Promise<Diagnosis> {
  let acl: readonly AclEntry[]
  try {
    acl = (await user.ensemble.main.request(getAcl(path), signal)).answer
  } catch (error) {
    if (!(error instanceof ServerError)) throw user.ensemble.explain(error, `read the ACL of ${path}`)
    return about.unknown('write', `the ACL of ${where} is not shown to this user`, whoMay())
  }
  const creators = acl.filter(({ permissions }) => (permissions & CREATE) !== 0)
  const verdicts = new Set(creators.map((entry) => isOurs(entry, user.login)))
  if (verdicts.has(true)) return about.ok('write', `has permission to create nodes in ${where}`)
  if (verdicts.has(undefined))
    return about.unknown(
      'write',
      `whether this client may create nodes in ${where} depends on ${creators.map(shown).join(', ')}`,
    )
  return about.warning(
    'write',
    `has no permission to create nodes in ${where}`,
    `${whoMay()}; a user who only reads needs none`,
  )
}

/** Whether an entry is about this client; undefined where only the server can tell. */
function isOurs(entry: AclEntry, login: SessionLogin | undefined): boolean | undefined {
  const { scheme, id } = entry
  if (scheme === 'world') return id === 'anyone'
  if (scheme === 'digest') {
    if (login?.how !== 'digest' || !id.startsWith(`${login.user}:`)) return false
    return isMasked(entry) ? undefined : id === digestOf(login)
  }
  if (scheme === 'sasl') return login?.how === 'sasl' && id === login.user
  return undefined
}

/** Source: org.apache.zookeeper.server.auth.DigestAuthenticationProvider. */
function digestOf({ user, password }: SessionLogin): string {
  return `${user}:${createHash('sha1').update(`${user}:${password}`).digest('base64')}`
}

/** Without the hash of a password. */
function shown({ scheme, id }: AclEntry): string {
  return scheme === 'digest' ? `${scheme}:${id.replace(/:.*/s, '')}` : `${scheme}:${id}`
}
