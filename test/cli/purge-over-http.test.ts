import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { RollcallError } from '../../src/model/errors.ts'
import { freePorts } from '../servers/ports.ts'
import { Demo } from './demo.ts'
import { type Running, start } from './run.ts'
import { aio, seed } from './seed.ts'

const DAY = 86_400_000

describe('a purge over HTTP', () => {
  let demo: Demo
  let serving: Running
  let stop: AbortController
  let url: string
  beforeEach(async () => {
    demo = await Demo.open()
    const [port] = await freePorts(1)
    stop = new AbortController()
    url = `http://127.0.0.1:${port}/registry`
    serving = start(`serve --layout aio --listen 127.0.0.1:${port} --insecure-no-auth`, {
      env: demo.env,
      cwd: demo.folder,
      signal: stop.signal,
    })
    const now = Date.now()
    await seed({ env: demo.env }, [aio('late', 'l-1', 'up', now), aio('late', 'l-2', 'up', now - DAY)])
    await expect
      .poll(
        async () =>
          await fetch(`${url}/services`).then(
            ({ status }) => status,
            () => 0,
          ),
        { timeout: 20_000 },
      )
      .toBe(200)
  })
  afterEach(async () => {
    stop.abort(new RollcallError('terminated', 'end'))
    await serving.ended
    await demo[Symbol.asyncDispose]()
  })

  it('compares the clock of this machine with the server, before anything that the registry holds', async () => {
    const ahead = await demo.run(`purge late --dry-run -r ${url}`, { now: () => Date.now() + DAY })
    expect(ahead).toMatchObject({ status: 6, stderr: expect.stringContaining("ahead of the server's") })
    expect(ahead.stderr).toContain('--trust-clock')
    const right = await demo.run(`purge late --dry-run -o name -r ${url}`)
    expect(right.status).toBe(0)
    expect(right.stdout).toContain('l-2')
    expect(right.stdout).not.toContain('l-1')
  })

  it('says before it removes that nothing can be restored, and restore refuses before it asks: 6', async () => {
    const plan = await demo.run(`purge late --dry-run -r ${url}`)
    expect(plan.stderr).toContain('note: http cannot restore records')
    const purged = await demo.run(`purge late --yes -o json --backup b.ndjson -r ${url}`)
    expect(purged.status).toBe(0)
    expect(purged.stderr).toContain('note: http cannot restore records')
    expect(purged.stderr).not.toContain('puts them back')
    const restored = await demo.run(`restore b.ndjson -r ${url}`, { terminal: true })
    expect(restored).toMatchObject({ status: 6, asked: [] })
    expect(restored.stderr).not.toContain('in doubt')
  })
})
