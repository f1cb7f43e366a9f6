import { openAt, recordsOf } from './open.ts'

/** A process with little memory: lists all of the Eureka at the URL, and tells how many instances there were. */
await using backend = await openAt(process.argv[2] ?? '', { requestTimeout: 30_000 })
const records = await recordsOf(backend)
process.send?.(records.filter((record) => backend.read(record, 0).is === 'instance').length)
