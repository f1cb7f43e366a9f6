import { clientAt } from './open.ts'

/** A process with little memory: lists all that is behind the server at the port, and tells how many instances there were. */
await using client = await clientAt(Number(process.argv[2]), { requestTimeout: 30_000 })
let count = 0
for await (const entry of client.entries()) if (entry.is === 'instance') count++
process.send?.(count)
