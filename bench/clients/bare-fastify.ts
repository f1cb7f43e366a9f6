// The least that answers discovery with fastify: the bodies of a file, each ready to be sent, by its path. Writes its port on standard output.
import { readFileSync } from 'node:fs'
import fastify from 'fastify'

const [file = ''] = process.argv.slice(2)
const bodies = new Map(Object.entries(JSON.parse(readFileSync(file, 'utf8')) as { [path: string]: string }))
const app = fastify()
app.get('/registry/discovery/:name', (request, reply) =>
  reply.type('application/json; charset=utf-8').send(bodies.get(request.url)),
)
const url = await app.listen({ host: '127.0.0.1', port: 0 })
process.stdout.write(`${new URL(url).port}\n`)
process.once('SIGTERM', () => process.exit(0))
