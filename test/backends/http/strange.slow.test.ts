import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { Client } from '../../../src/client/client.ts'
import { targetFrom } from '../../../src/config/target.ts'
import { type RunningServer, serve } from '../../../src/server/server.ts'
import { StrangeServer, bugsIn, everything } from '../strange-answers.ts'
import { AioServer } from './aio-server.ts'

/** What no server of the API answers, in what it wraps its answers in, and without. */
const WORDS = ['null', '{}', '[null]']
const BODIES = [
  ...WORDS,
  '<html>',
  ...WORDS.map((data) => `{"code":20000,"msg":"success","data":${data}}`),
  '{"records":[{}]}',
]

const instance = { name: 'sre', id: 'i-1', endpoints: ['http://10.0.0.1:80'] }

async function askStrangely(front: StrangeServer): Promise<void> {
  const url = `http://${front.endpoint}/registry`
  const open = async () => (await Client.open(targetFrom(url, { requestTimeout: 1_000 }))).backend
  const ask = () => everything(open, instance, {}).catch((error: unknown) => new Map([['open', error]]))
  expect(bugsIn(await ask())).toEqual([])
  for (const route of front.routes)
    for (const body of BODIES) {
      front.answers = { route, body }
      expect([route, body, bugsIn(await ask())]).toEqual([route, body, []])
    }
}

it("a server of AIO's API that answers one kind of question strangely is no bug of ours", async () => {
  await using server = await AioServer.start()
  await using front = await StrangeServer.start(server.endpoint)
  await askStrangely(front)
})

it('a rollcall serve that answers one kind of question strangely is no bug of ours', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'rollcall-strange-'))
  const behind = await Client.open(targetFrom(`file:${join(folder, 'registry.db')}`))
  const server: RunningServer = await serve(behind, { host: '127.0.0.1', port: 0, audit: () => {} })
  const front = await StrangeServer.start(`127.0.0.1:${server.port}`)
  try {
    await askStrangely(front)
  } finally {
    for (const each of [front, server, behind]) await each[Symbol.asyncDispose]()
    await rm(folder, { recursive: true })
  }
})
