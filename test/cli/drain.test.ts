import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { RollcallError } from '../../src/model/errors.ts'
import { freePorts } from '../servers/ports.ts'
import { startConsul } from '../servers/consul/start.ts'
import { enableAuth } from '../servers/etcd/auth.ts'
import { startEtcd } from '../servers/etcd/start.ts'
import { describeWith } from '../servers/with-server.ts'
import type { Json } from './demo.ts'
import { type RunOptions, run, start } from './run.ts'
import { aio, kratos, seed } from './seed.ts'
import { validated } from './validated.ts'

/** The host of the AIO records that `aio` writes. */
const HOST = '10.0.0.2'
const on = (host: string) => [`grpc://${host}:9000`]

let folder: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'rollcall-drain-'))
})
afterEach(() => rm(folder, { recursive: true }))

/** A registry, as commands of its own state folder see it. */
function within(registry: string) {
  const env = { ROLLCALL_REGISTRY: registry, XDG_STATE_HOME: folder, XDG_CONFIG_HOME: folder }
  const options: RunOptions = { env, cwd: folder }
  const all = async (line: string, more: RunOptions = {}) =>
    await run(line, { ...options, ...more, env: { ...env, ...more.env } })
  return {
    run: all,
    seed: (records: Parameters<typeof seed>[1]) => seed(options, records),
    /** The instances as `service/id status`. */
    async state(): Promise<string[]> {
      const { stdout } = await all('ls --all -o json')
      return JSON.parse(stdout).items.map(({ name, id, status }: Json) => `${name}/${id} ${status}`)
    },
    /** The results of a command as `action service/id result`. */
    async results(line: string, more: RunOptions = {}): Promise<string[]> {
      const { stdout, stderr, status } = await all(`${line} -o ndjson`, more)
      if (stdout === '') throw new Error(`${line}: status ${status}: ${stderr}`)
      return stdout
        .trim()
        .split('\n')
        .map((text) => JSON.parse(text))
        .map(({ action, service, id, result }: Json) => `${action} ${service}/${id} ${result}`)
    },
  }
}

const BEFORE = ['mail/m1 up', 'mail/m2 down', 'pay/a up', 'pay/b up', 'pay/c up']
const DRAINED = ['mail/m1 down', 'mail/m2 down', 'pay/b up', 'pay/c up']

async function prepared(registry: string) {
  const there = within(registry)
  const now = Date.now()
  await there.seed([
    kratos('pay', 'a', { ttl: 3600, endpoints: [...on('10.0.0.9'), ...on(HOST)] }),
    kratos('pay', 'b', { ttl: 3600, endpoints: on('10.0.0.20') }),
    kratos('pay', 'c', { ttl: 3600, endpoints: on('10.0.0.3') }),
    aio('mail', 'm1', 'up', now),
    aio('mail', 'm2', 'down', now),
  ])
  expect(await there.state()).toEqual(BEFORE)
  return there
}

/** What holds wherever Kratos' and AIO's records lie side by side. `open`: the URL of an empty registry. */
function suite(open: () => Promise<{ registry: string } & AsyncDisposable>) {
  it('takes offline what holds a status, deregisters the rest, and takes both back from one backup', async () => {
    await using server = await open()
    const there = await prepared(server.registry)
    expect(await there.results(`drain ${HOST} --dry-run`)).toEqual([
      'offline mail/m1 planned',
      'deregister pay/a planned',
    ])
    expect(await there.state()).toEqual(BEFORE)
    expect(await there.results(`drain ${HOST} --yes`)).toEqual(['offline mail/m1 done', 'deregister pay/a done'])
    expect(await there.state()).toEqual(DRAINED)
    const [{ command, records, file }] = JSON.parse((await there.run('undo --list -o json')).stdout).items
    expect({ command, records }).toEqual({ command: 'drain', records: 2 })
    expect(JSON.parse((await readFile(file, 'utf8')).split('\n')[0] ?? '').run).toMatchObject({
      drained: HOST,
      records: 2,
    })
    expect(await there.results('undo --dry-run')).toEqual(['online mail/m1 planned', 'restore pay/a planned'])
    expect(await there.results('undo --yes')).toEqual(['online mail/m1 done', 'restore pay/a done'])
    expect(await there.state()).toEqual(BEFORE)
    expect(await there.run('undo --yes')).toMatchObject({ status: 1 })
  })

  it('takes back the newest drain of the host with --back, and no other', async () => {
    await using server = await open()
    const there = await prepared(server.registry)
    expect(await there.run(`drain ${HOST} --back --yes`)).toMatchObject({ status: 1, stdout: '' })
    await there.run(`drain ${HOST} --yes`)
    await there.run('drain 10.0.0.3 --yes')
    expect(await there.state()).toEqual(DRAINED.filter((each) => each !== 'pay/c up'))
    expect(await there.run('drain 10.0.0.4 --back --yes')).toMatchObject({ status: 1, stdout: '' })
    expect(await there.results(`drain ${HOST} --back --dry-run`)).toEqual([
      'online mail/m1 planned',
      'restore pay/a planned',
    ])
    expect(await there.results(`drain ${HOST} --back --yes`)).toEqual(['online mail/m1 done', 'restore pay/a done'])
    expect(await there.state()).toEqual(BEFORE.filter((each) => each !== 'pay/c up'))
    expect(await there.run(`drain ${HOST} --back --yes`)).toMatchObject({ status: 1 })
  })

  it('leaves what was changed since, and has nothing to do a second time', async () => {
    await using server = await open()
    const there = await prepared(server.registry)
    await there.run(`drain ${HOST} --yes`)
    const again = await there.run(`drain ${HOST} --yes`)
    expect(again).toMatchObject({
      status: 0,
      stderr: expect.stringContaining('2 instances on 10.0.0.2 out of traffic already'),
    })
    await there.run('online mail/m1')
    await there.run(`register pay --id a -e grpc://10.9.9.9:9000 --ttl 1h`)
    const { status, stdout } = await there.run(`undo ${await newest(there, 'drain')} --yes -o json`)
    expect(status).toBe(7)
    expect(JSON.parse(stdout).items.map(({ id, result }: Json) => `${id} ${result}`)).toEqual([
      'm1 changed',
      'a changed',
    ])
  })
}

async function newest(there: ReturnType<typeof within>, command: string): Promise<string> {
  const { items } = JSON.parse((await there.run('undo --list -o json')).stdout)
  return items.find((item: Json) => item.command === command).id
}

describe('drain', () => {
  suite(() => Promise.resolve({ registry: `file:${folder}/r.db`, [Symbol.asyncDispose]: () => Promise.resolve() }))

  it('asks with the plan before it, and does nothing for a no', async () => {
    const there = await prepared(`file:${folder}/r.db`)
    const no = await there.run(`drain ${HOST}`, { terminal: true, answers: [false] })
    expect(no).toMatchObject({ status: 1, asked: ['Drain 2 instances of 10.0.0.2?'] })
    expect(no.stderr).toMatch(/^offline +mail +m1 +up/m)
    expect(no.stderr).toMatch(/^deregister +pay +a +up/m)
    expect(no.stderr).toContain('1 instance to take offline, 1 to deregister, 1 out of traffic already in')
    expect(await there.run(`drain ${HOST}`)).toMatchObject({ status: 2 })
    expect(await there.state()).toEqual(BEFORE)
  })

  it('shows no password of an endpoint', async () => {
    const there = await prepared(`file:${folder}/r.db`)
    await there.seed([kratos('pay', 'd', { endpoints: ['http://svc:s3cret@10.0.0.4:80'] })])
    const { stderr } = await there.run('drain 10.0.0.4', { terminal: true, answers: [false] })
    expect(stderr).toContain('http://svc:***@10.0.0.4:80')
    expect(stderr).not.toContain('s3cret')
  })

  it('is refused by the guards of a removal, by what is protected and in protected hours', async () => {
    const there = await prepared(`file:${folder}/r.db`)
    const all = 'drain 10.0.0.* --yes'
    expect(await there.run(all)).toMatchObject({ status: 6, stderr: expect.stringContaining('--max-percent') })
    expect(await there.run(`${all} --keep-min 1 --max-percent 100`)).toMatchObject({ status: 6 })
    await there.run(`context add kept -r file:${folder}/r.db`)
    expect(await there.run(`${all} --force`)).toMatchObject({ status: 0 })
    expect(await there.state()).toEqual(['mail/m1 down', 'mail/m2 down'])
  })

  it.each([
    ['drain', 2, 'drain takes a host'],
    ['drain !10.0.0.1', 2, 'drain takes a host'],
    ['drain 10.9.9.9 --yes', 1, 'no instance has an endpoint on 10.9.9.9'],
    [`drain ${HOST} nowhere --yes`, 1, 'no instance has an endpoint'],
    [`drain ${HOST} --rate 0`, 2, '--rate must be above 0'],
    [`drain ${HOST} pay --back`, 2, '--back takes no services'],
  ])('%s: %i', async (line, status, message) => {
    const there = await prepared(`file:${folder}/r.db`)
    expect(await there.run(line)).toMatchObject({ status, stdout: '', stderr: expect.stringContaining(message) })
    expect(await there.state()).toEqual(BEFORE)
  })

  it('--back of a drain that was cut off and run again is one answer to one question', async () => {
    const there = await prepared(`file:${folder}/r.db`)
    const backup = async (name: string) => (await there.run(`drain ${HOST} --yes --backup ${name}`)).status
    expect(await backup('first.ndjson')).toBe(0)
    // As a run that was killed leaves it, before the second one finds what is left.
    const text = await readFile(join(folder, 'first.ndjson'), 'utf8')
    const lines = text.split('\n').filter((line) => !line.startsWith('{"ended"'))
    await writeFile(join(folder, 'first.ndjson'), lines.join('\n'))
    await there.seed([kratos('pay', 'd', { ttl: 3600, endpoints: on(HOST) })])
    expect(await there.run(`drain ${HOST} --yes --force`)).toMatchObject({ status: 0 })
    const back = await there.run(`drain ${HOST} --back -o json`, { terminal: true, answers: [true] })
    expect(back, back.stderr).toMatchObject({ status: 0, asked: ['Put 3 records back?'] })
    const printed = JSON.parse(back.stdout)
    validated(printed)
    expect(printed.items.map(({ action, id, result }: Json) => `${action} ${id} ${result}`).toSorted()).toEqual([
      'online m1 done',
      'restore a done',
      'restore d done',
    ])
    expect(await there.state()).toEqual([...BEFORE, 'pay/d up'])
  })

  it('through serve takes offline what holds a status, and leaves what could not be put back', async () => {
    const there = await prepared(`file:${folder}/r.db`)
    const [port] = await freePorts(1)
    const stop = new AbortController()
    const line = `serve --listen 127.0.0.1:${port} --insecure-no-auth -r file:${folder}/r.db`
    const serving = start(line, { env: { XDG_STATE_HOME: folder }, signal: stop.signal })
    await expect.poll(() => serving.stderr.text()).toContain(`127.0.0.1:${port}`)
    const url = `http://127.0.0.1:${port}/registry`
    const served = within(url)
    expect(await served.state()).toEqual(BEFORE)
    const refused = await served.run(`drain ${HOST} --yes --force`)
    expect(refused).toMatchObject({ status: 6, stderr: expect.stringContaining('pay/a cannot be taken offline') })
    expect(await served.state()).toEqual(BEFORE)
    expect(await served.results(`drain ${HOST} mail --yes`)).toEqual(['offline mail/m1 done'])
    expect(await there.state()).toContain('mail/m1 down')
    expect(await served.results(`drain ${HOST} --back --yes`)).toEqual(['online mail/m1 done'])
    expect(await there.state()).toEqual(BEFORE)
    expect(await served.results('online mail/m2')).toEqual(['online mail/m2 done'])
    await mkdir(join(folder, 'rollcall'), { recursive: true })
    const context = `contexts:\n  kept:\n    registry: ${url}\n    protected: [{service: mail}]\n`
    await writeFile(join(folder, 'rollcall/config.yaml'), context)
    const kept = await served.run('undo --yes -c kept')
    expect(kept).toMatchObject({ status: 6, stderr: expect.stringContaining('mail/m2 is protected by service mail') })
    stop.abort(new RollcallError('terminated', 'end'))
    await serving.ended
  })

  it('prints results that the schema describes, also where there are none', async () => {
    const there = await prepared(`file:${folder}/r.db`)
    validated(JSON.parse((await there.run(`drain ${HOST} --dry-run -o json`)).stdout))
    validated(JSON.parse((await there.run(`drain ${HOST} --yes -o json`)).stdout))
    validated(JSON.parse((await there.run(`drain ${HOST} --yes -o json`)).stdout))
    validated(JSON.parse((await there.run('undo --list -o json')).stdout))
  })
})

await describeWith('etcd', 'drain on etcd', () => {
  suite(async () => {
    const etcd = await startEtcd()
    return { registry: `etcd://${etcd.endpoint}`, [Symbol.asyncDispose]: () => etcd[Symbol.asyncDispose]() }
  })

  it('says that there may be more where a part cannot be read', async () => {
    await using etcd = await startEtcd()
    await prepared(`etcd://${etcd.endpoint}`)
    await enableAuth(etcd, {
      roles: { clerk: [{ may: 'readwrite', key: '/microservices/pay/', prefix: true }] },
      users: { clerk: { password: 'clerk-secret', roles: ['clerk'] } },
    })
    const clerk = within(`etcd://clerk@${etcd.endpoint}`)
    const env = { ROLLCALL_PASSWORD: 'clerk-secret' }
    const found = await clerk.run(`drain ${HOST} --dry-run`, { env })
    expect(found, found.stderr).toMatchObject({ status: 0, stdout: expect.stringContaining('pay') })
    expect(found.stderr).toContain(`there may be more on ${HOST} than can be read`)
    const nothing = await clerk.run('drain 10.9.9.9 --dry-run', { env })
    expect(nothing).toMatchObject({ status: 4, stderr: expect.stringContaining('as far as it can be read') })
  })
})

await describeWith('consul', 'drain on Consul', () => {
  it('sets maintenance for what is there, and takes it back', async () => {
    await using consul = await startConsul()
    const there = within(`consul://${consul.endpoint}`)
    await there.run('register pay --id a -e grpc://10.0.0.2:9000 --no-checks')
    await there.run('register pay --id b -e grpc://10.0.0.3:9000 --no-checks')
    expect(await there.results(`drain ${HOST} --yes`)).toEqual(['offline pay/a done'])
    expect(await there.state()).toEqual(['pay/a maintenance', 'pay/b up'])
    expect(await there.results(`drain ${HOST} --back --yes`)).toEqual(['online pay/a done'])
    expect(await there.state()).toEqual(['pay/a up', 'pay/b up'])
  })
})
