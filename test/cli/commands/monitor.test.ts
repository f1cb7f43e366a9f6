import { afterAll, beforeAll, expect, it } from 'vitest'
import { RollcallError } from '../../../src/model/errors.ts'
import { Bin } from '../bin.ts'
import { Demo } from '../demo.ts'
import { validated } from '../validated.ts'

let demo: Demo
let bin: Bin
beforeAll(async () => {
  demo = await Demo.open()
  bin = await Bin.build()
})
afterAll(async () => {
  await bin[Symbol.asyncDispose]()
  await demo[Symbol.asyncDispose]()
})

const SOON = { timeout: 30_000 }

it.each(['SIGTERM', 'SIGINT'] as const)(
  'monitor marks what is not renewed, and gives up the lock on %s with status 0',
  async (signal) => {
    const id = `unrenewed-${signal}`
    await demo.run(`register post --id ${id} -e http://10.0.0.9:1 --layout aio`)
    const words = ['monitor', '--ttl', '1s', '-o', 'json']
    const first = bin.start(words, { env: demo.env })
    await expect.poll(() => first.stdout, SOON).toContain('"type":"leading"')
    const second = bin.start(words, { env: demo.env })
    await expect.poll(() => second.stdout, SOON).toContain('"type":"standby"')
    await expect.poll(() => first.stdout, SOON).toContain(id)
    expect((await first.stop(signal)).status).toBe(0)
    await expect.poll(() => second.stdout, SOON).toContain('"type":"leading"')
    expect((await second.stop(signal)).status).toBe(0)
    const events = `${first.stdout}${second.stdout}`
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line))
    for (const event of events) validated(event)
    const down = { kind: 'MonitorEvent', type: 'down', service: 'post', id, unrenewedFor: expect.any(Number) }
    expect(events.filter((event) => event.id === id)).toEqual([expect.objectContaining(down)])
    expect(await demo.json(`get post/${id}`)).toMatchObject({ status: 'down', offlineAt: expect.any(String) })
  },
  60_000,
)

it('monitor tells each thing in a line for people', async () => {
  await demo.run('register post --id unrenewed -e http://10.0.0.9:2 --layout aio')
  const stop = new AbortController()
  const running = demo.start('monitor --ttl 1s', { signal: stop.signal })
  await expect.poll(() => running.stdout.text(), SOON).toMatch(/Z {2}leading {2}this monitor marks/)
  await expect.poll(() => running.stdout.text(), SOON).toMatch(/Z {2}down {5}post\/unrenewed {2}not renewed for 1s/)
  expect(running.stderr.text()).toContain('watching the AIO records of file:')
  stop.abort(new RollcallError('interrupted', 'interrupted'))
  expect((await running.ended).status).toBe(0)
}, 60_000)

it.each([
  ['monitor payments', 2, /no arguments/],
  ['monitor --every 2m', 2, /must be above 0 and at most the TTL/],
  ['monitor --ttl x', 2, /not a valid duration/],
  ['monitor -o csv', 2, /csv/],
  ['monitor --layout kratos', 6, /no records for a monitor/],
  ['monitor -r nacos://127.0.0.1:1', 6, /tracks what is alive/],
])('%s is refused', async (line, status, message) => {
  expect(await demo.run(line)).toMatchObject({ status, stderr: expect.stringMatching(message) })
})
