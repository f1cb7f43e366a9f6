/** Lists what lies in a registry, and what no client can read of it. */
import { connect } from 'rollcall'

await using registry = await connect(process.argv[2] ?? 'memory:')
let malformed = 0
for await (const entry of registry.entries()) {
  if (entry.is === 'instance') console.log(entry.service, entry.instance.id, entry.observed.status)
  else if (entry.is === 'malformed') {
    malformed += 1
    console.log(entry.record.id, entry.problem.code, entry.problem.message)
  }
}
console.log(`${malformed} malformed`)
