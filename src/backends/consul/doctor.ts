import type { Diagnosis } from '../../model/diagnosis.ts'
import { ownCertificate } from '../contract/certificate.ts'
import { type DiagnoseContext, type Diagnoses, diagnosesOf, inOrder, tried } from '../contract/diagnose.ts'
import { diagnoseServer } from '../contract/diagnose-server.ts'
import { type Tls, readTls } from '../contract/tls.ts'
import { type Agents, connectAgents } from './agents.ts'
import { rightsDiagnoses } from './doctor-rights.ts'
import { isAutopilot, isCheckList, isLeader, isSelfWithVersion, isWords } from './shapes.ts'

/** An agent that answered, and whom it takes for the leader of its cluster: `''` for nobody. */
interface SeenAgent {
  readonly about: Diagnoses
  readonly agents: Agents
  readonly leader: string
}

/** The agents by themselves, the servers behind them, the rights of the token. */
export async function* diagnose(context: DiagnoseContext): AsyncGenerator<Diagnosis, void, undefined> {
  const { target } = context
  yield* await ownCertificate(context)
  const tls = target.secure ? await readTls('consul', target.tls ?? {}) : undefined
  const opened: Agents[] = []
  try {
    const looks = target.endpoints.map(async (endpoint) => {
      const agents = await connectAgents({ ...target, endpoints: [endpoint] })
      opened.push(agents)
      return await lookAt(context, { endpoint, agents, tls })
    })
    const seen: SeenAgent[] = []
    for await (const { diagnoses, agent } of inOrder(looks)) {
      yield* diagnoses
      if (agent) seen.push(agent)
    }
    const [first] = seen
    if (!first) return
    const about = diagnosesOf(target.display)
    yield* leaders(about, seen)
    yield* await servers(context, about, first.agents)
    yield* await rightsDiagnoses(context, about, first.agents)
  } finally {
    for (const agents of opened) agents[Symbol.dispose]()
  }
}

interface Place {
  readonly endpoint: string
  readonly agents: Agents
  readonly tls: Tls | undefined
}

async function lookAt(
  context: DiagnoseContext,
  { endpoint, agents, tls }: Place,
): Promise<{ diagnoses: readonly Diagnosis[]; agent?: SeenAgent }> {
  let leader = ''
  let told: { readonly time: number; readonly at: number } | undefined
  const server = await diagnoseServer(context, {
    endpoint,
    ask: async (signal) => {
      const answer = await agents.read('ask for the leader', (agent) =>
        agent.get('/status/leader', {}, isLeader, { signal }),
      )
      leader = answer.body
      if (!Number.isNaN(answer.time)) told = { time: answer.time, at: performance.now() }
    },
    serverTime: () => told && told.time + (performance.now() - told.at),
    tls,
  })
  const { about, diagnoses } = server
  if (!server.isReachable) return { diagnoses }
  const own = [leaderOf(about, leader), ...(await ofTheAgent(context, about, agents))]
  return { diagnoses: [...diagnoses, ...own], agent: { about, agents, leader } }
}

function leaderOf({ ok, error }: Diagnoses, leader: string): Diagnosis {
  if (leader !== '') return ok('leader', `its cluster is led by ${leader}`)
  return error(
    'leader',
    'its cluster has no leader',
    'too few of its servers can reach one another: consul members shows them',
  )
}

/** Its version, and the checks of its own node. */
async function ofTheAgent(context: DiagnoseContext, about: Diagnoses, agents: Agents): Promise<readonly Diagnosis[]> {
  let node: string | undefined
  const version = await tried(context, about, 'version', async (signal) => {
    const { body } = await agents.read('read what the agent is', (agent) =>
      agent.get('/agent/self', {}, isSelfWithVersion, { signal }),
    )
    node = body.Config.NodeName
    const { Version: said, Server: isServer, Datacenter: datacenter } = body.Config
    return about.ok('version', `Consul ${said}, ${isServer ? 'a server' : 'a client'} in ${datacenter}`)
  })
  if (node === undefined) return version
  const path = `/health/node/${encodeURIComponent(node)}`
  const health = await tried(context, about, 'agent', async (signal) => {
    const { body, hidden } = await agents.read('read the checks of its node', (agent) =>
      agent.get(path, {}, isCheckList, { signal }),
    )
    const sick = body.filter((check) => check.Status !== 'passing' && !check.ServiceID)
    if (sick.length === 0)
      return body.length === 0 || hidden === 'something'
        ? about.unknown('agent', 'its checks are not shown to this token', 'it needs node:read')
        : about.ok('agent', `the checks of its node ${node} pass`)
    const words = sick.map(
      ({ CheckID: id, Status: status, Output: output, Notes: notes }) =>
        `${id} is ${status}${output || notes ? `: ${oneLine(output || (notes ?? ''))}` : ''}`,
    )
    const isCritical = sick.some(({ Status: status }) => status === 'critical')
    return about[isCritical ? 'error' : 'warning'](
      'agent',
      `of its node ${node}: ${words.join('; ')}`,
      'mend what the check looks at, or take the node out of maintenance: consul maint -disable',
    )
  })
  return [...version, ...health]
}

function oneLine(text: string): string {
  const [line = ''] = text.trim().split('\n', 1)
  return line.length > 200 ? `${line.slice(0, 200)}…` : line
}

function leaders(about: Diagnoses, seen: readonly SeenAgent[]): Diagnosis[] {
  if (seen.length < 2) return []
  const named = new Set(seen.map(({ leader }) => leader))
  if (named.size === 1) return [about.ok('members', `all ${seen.length} agents name the same leader`)]
  const said = seen.map((agent) => `${agent.about.subject} ${agent.leader || 'nobody'}`).join(', ')
  return [
    about.warning(
      'members',
      `the agents name different leaders: ${said}`,
      'name agents of one data centre; if they are, some servers cannot reach the others',
    ),
  ]
}

/** The servers that keep the catalogue, by their Raft. */
async function servers(context: DiagnoseContext, about: Diagnoses, agents: Agents): Promise<readonly Diagnosis[]> {
  const peers = await tried(context, about, 'members', async (signal) => {
    const { body } = await agents.read('ask for the Raft peers', (agent) =>
      agent.get('/status/peers', {}, isWords, { signal }),
    )
    const fact = `${body.length === 1 ? '1 Raft peer' : `${body.length} Raft peers`}: ${body.join(', ')}`
    const tolerated = Math.max(0, Math.ceil(body.length / 2) - 1)
    return about.ok('members', `${fact}; ${tolerated} of them may fail`, { value: body.length, unit: 'count' })
  })
  const autopilot = await tried(context, about, 'replicas', async (signal) => {
    const { body } = await agents.read("read the servers' health", (agent) =>
      agent.get('/operator/autopilot/state', {}, isAutopilot, { signal }),
    )
    const all = Object.values(body.Servers)
    const sick = all.filter(({ Healthy: isHealthy }) => !isHealthy).map(({ Name: name }) => name)
    if (body.Healthy)
      return about.ok('replicas', all.length === 1 ? 'its server is healthy' : `all ${all.length} servers are healthy`)
    return about.error('replicas', `not healthy: ${sick.join(', ')}`, 'consul operator autopilot state says why')
  })
  return [...peers, ...autopilot]
}
