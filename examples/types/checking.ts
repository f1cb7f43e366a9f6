/** What is counted in a registry, and what is wrong with it. */
import {
  type Check,
  type CheckKeysOptions,
  type Diagnosis,
  type ErrorCode,
  type Finding,
  type JudgeOptions,
  type LintCounts,
  type LookOptions,
  type RuleSelection,
  type ServiceTally,
  type Severity,
  type Stats,
  type StatsOptions,
  type Verdict,
  RollcallError,
  checkKeys,
  connect,
  diagnose,
  judgeKeys,
  stats,
} from 'rollcall'

await using registry = await connect(process.argv[2] ?? 'memory:')
const { client } = registry
for (const [id, zone] of [
  ['pay-1', 'a'],
  ['pay-2', 'b'],
] as const)
  await client.register({ name: 'pay', id, endpoints: [`grpc://${id}.local:9000`], metadata: { zone } }, { ttl: null })

const options: StatsOptions = { scope: { services: ['pay'] }, by: ['zone'] }
const counted: Stats = await stats(client, options)
console.log(counted.instances, 'instances of', counted.services, 'service')

const services: readonly ServiceTally[] = counted.perService
for (const { name, instances, malformed } of services) console.log(name, instances, malformed)

const rules: RuleSelection = { severity: 'warning', ignore: ['RC1505'] }
const check: Check = await checkKeys(client, { scope: { services: ['pay'] }, rules })
for await (const batch of check) console.log(batch.map(({ rule, id }) => `${rule} ${id}`).join())

const counts: LintCounts = check.counts
console.log(counts.records, 'records,', counts.error + counts.warning, 'with findings')

// Those that are known, and not to be told again.
const known: CheckKeysOptions = { isExpected: ({ rule, id }) => rule === 'RC1301' && id === 'pay-1' }
const found: Finding[] = []
for await (const batch of await checkKeys(client, known)) found.push(...batch)
for (const { key, message } of found) console.log(key, message)

const look: LookOptions = { isMeant: (service) => service.startsWith('pay'), onProgress: (read) => console.log(read) }
for await (const batch of await checkKeys(client, look)) console.log(batch.length)

// Of those with a lease: what else the same process has registered.
for await (const batch of await checkKeys(client, { leaseKeys: true }))
  for (const { lease, otherKeys = [] } of batch) if (lease !== undefined) console.log(lease, ...otherKeys)

// Every key, also those with which nothing is wrong.
const judging: JudgeOptions = { rules: { only: ['RC1301'] } }
for await (const batch of judgeKeys(client, judging)) console.log(batch.map(one).join())

function one({ record, verdict, findings }: Verdict): string {
  return `${record.id} ${verdict} ${findings.length}`
}

const fatal: Severity = 'error'
console.log(found.some(({ severity }) => severity === fatal) ? 'broken' : 'can wait')

const diagnoses: Diagnosis[] = []
for await (const diagnosis of diagnose(client.target)) diagnoses.push(diagnosis)
console.log(diagnoses.filter(({ state }) => state === 'error').map(({ fact, fix }) => `${fact}: ${fix}`))

const retried = new Set<ErrorCode>(['unreachable', 'timeout'])
await connect('nix://127.0.0.1').catch((error: unknown) => {
  if (error instanceof RollcallError) console.log(error.code, retried.has(error.code) ? 'again' : 'give up')
})
