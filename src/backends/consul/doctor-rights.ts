import type { Diagnosis } from '../../model/diagnosis.ts'
import { RollcallError } from '../../model/errors.ts'
import { secretPlace } from '../../model/wording.ts'
import { type DiagnoseContext, type Diagnoses, tried } from '../contract/diagnose.ts'
import type { Agents } from './agents.ts'
import { isFailure } from './errors.ts'
import { isNames, isVerdicts } from './shapes.ts'

/** What rollcall needs, in the words of Consul's ACLs. The empty segment stands for all names. */
const RIGHTS = [
  { Resource: 'service', Access: 'read', Segment: '' },
  { Resource: 'node', Access: 'read', Segment: '' },
  { Resource: 'service', Access: 'write', Segment: '' },
] as const

/** Consul's own service, which says nothing of the rights on others. */
const OWN = 'consul'

/** What the token has permission to do with every service, as Consul itself decides it. */
export async function rightsDiagnoses(
  context: DiagnoseContext,
  about: Diagnoses,
  agents: Agents,
): Promise<readonly Diagnosis[]> {
  const query: Record<string, string> = {}
  const [dc] = (context.target.url.query['dc'] ?? '').split(',')
  if (dc) query['dc'] = dc
  const who = agents.about.hasToken ? 'this token' : 'a request without a token'
  return await tried(context, about, 'read', async (signal) => {
    let allowed: readonly boolean[]
    try {
      const verdicts = await agents.read('ask for its rights', (agent) =>
        agent.post('/internal/acl/authorize', JSON.stringify(RIGHTS), isVerdicts, { query, signal }),
      )
      allowed = verdicts.map(({ Allow: isAllowed }) => isAllowed)
    } catch (error) {
      if (!(error instanceof RollcallError)) throw error
      if (hasNoAcls(error)) return everyone(about)
      if (error.code === 'unauthenticated') return about.error('read', error.message, error.hint ?? whereTokensGo())
      throw error
    }
    const [services = false, nodes = false, write = false] = allowed
    return [await reading(), writing(about, who, write)]

    async function reading(): Promise<Diagnosis> {
      if (services && nodes) return about.ok('read', `${who} has service:read and node:read for all names`)
      const fact = `${who} lacks ${[services ? '' : 'service:read', nodes ? '' : 'node:read'].filter(Boolean).join(' and ')} for all names`
      const { body } = await agents.read('list the services', (agent) =>
        agent.get('/catalog/services', query, isNames, { signal }),
      )
      const seen = Object.keys(body).filter((name) => name !== OWN)
      const fix = 'a policy with service_prefix "" and node_prefix "" { policy = "read" } gives it'
      if (seen.length > 0) return about.warning('read', `${fact}; it is shown ${seen.length} of the services`, fix)
      return about.error('read', `${fact}, and is shown no service`, agents.about.hasToken ? fix : whereTokensGo())
    }
  })
}

function hasNoAcls({ cause }: RollcallError): boolean {
  return isFailure(cause) && /ACL support disabled/i.test(cause.said)
}

const whereTokensGo = () => `put a token into ${secretPlace('token', 'CONSUL_HTTP_TOKEN')}`

function writing({ ok, warning }: Diagnoses, who: string, isAllowed: boolean): Diagnosis {
  if (isAllowed) return ok('write', `${who} has service:write for all names`)
  const fix =
    'a policy with service_prefix "" { policy = "write" } gives it; a token that only reads, or for some services, needs none'
  return warning('write', `${who} lacks service:write for all names`, fix)
}

function everyone({ ok }: Diagnoses): Diagnosis[] {
  const fact = 'ACLs are not enabled, so everyone has permission'
  return [ok('read', fact), ok('write', fact)]
}
