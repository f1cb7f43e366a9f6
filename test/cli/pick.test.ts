import { mkdir, readdir, utimes, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, describe, expect, it } from 'vitest'
import { type Speaker, closed, tcp } from '../client/purge/speakers.ts'
import { Demo } from './demo.ts'
import { aio, kratos, seed } from './seed.ts'
import { validated } from './validated.ts'

const open: AsyncDisposable[] = []
afterEach(async () => {
  for (const each of open.splice(0)) await each[Symbol.asyncDispose]()
})

async function demo(...records: Parameters<typeof seed>[1]): Promise<Demo> {
  const opened = await Demo.open()
  open.push(opened)
  if (records.length > 0) await seed({ env: opened.env, cwd: opened.folder }, records)
  return opened
}

/** What several runs print, one after the other. */
async function picked(from: Demo, line: string, times: number): Promise<string[]> {
  const lines: string[] = []
  for (let at = 0; at < times; at++) {
    const { status, stdout, stderr } = await from.run(line)
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' })
    lines.push(stdout.trimEnd())
  }
  return lines
}

const [first, second, third] = [11, 12, 13].map((host) => `grpc://10.1.4.${host}:9000`)

function weighing(id: string, weight: string) {
  const { key, value } = kratos('heavy', id, { endpoints: [`http://${id}:80`] })
  return { key, value: { ...(value as object), metadata: { weight } } }
}

describe('pick', () => {
  it('gives each in turn, from run to run', async () => {
    expect(await picked(await demo(), 'pick payments', 4)).toEqual([first, second, third, first])
  })

  it('gives each a turn of its own when many ask at once', async () => {
    const from = await demo()
    const runs = await Promise.all(Array.from({ length: 9 }, () => from.run('pick payments -o addr')))
    const addresses = runs.map(({ stdout }) => stdout.trimEnd()).sort()
    expect(addresses).toEqual([11, 12, 13].flatMap((host) => Array(3).fill(`10.1.4.${host}:9000`)))
  })

  it('takes turns by weight', async () => {
    const from = await demo(weighing('a', '3'), weighing('b', '1'), weighing('c', '0'), weighing('d', '-5'))
    const turns = await picked(from, 'pick heavy --strategy smooth-weighted -o addr', 8)
    expect(turns.map((address) => address[0]).join('')).toBe('aabaaaba')
    expect(['a:80', 'b:80']).toContain((await picked(from, 'pick heavy --strategy weighted-random -o addr', 1))[0])
  })

  it('gives the endpoint of the scheme that is asked for', async () => {
    expect(await picked(await demo(), 'pick payments --scheme http', 1)).toEqual(['http://10.1.4.11:8000'])
  })

  it('gives the same for the same text', async () => {
    const same = await picked(await demo(), 'pick payments --hash-key user-42', 3)
    expect(new Set(same).size).toBe(1)
  })

  it('gives the one that can be reached', async () => {
    const live: Speaker = await tcp()
    open.push(live)
    const dead = await closed()
    const from = await demo(
      kratos('near', 'dead', { endpoints: [`grpc://${dead}`] }),
      kratos('near', 'live', { endpoints: [`grpc://${live.address}`] }),
    )
    expect(await picked(from, 'pick near --strategy least-rtt -o addr', 3)).toEqual(Array(3).fill(live.address))
  })

  it('gives whom it prefers, and the others where there is none', async () => {
    const from = await demo()
    const canary = 'grpc://10.1.6.40:9000'
    expect(await picked(from, 'pick orders --prefer track=canary', 3)).toEqual([canary, canary, canary])
    expect(await picked(from, 'pick orders --prefer track=nightly --host 10.1.6.11', 1)).toEqual([
      'grpc://10.1.6.11:9000',
    ])
  })

  it('says why', async () => {
    const now = Date.now()
    const from = await demo(aio('mail', 'a', 'up', now), aio('mail', 'b', 'down', now))
    const { status, stdout, stderr } = await from.run('pick mail --why')
    expect({ status, stdout }).toEqual({ status: 0, stdout: 'http://10.0.0.2:8080\n' })
    expect(stderr).toBe('round-robin: 1 of 1 candidate\n  a: chosen, weight 100\n  b: left out: is down, weight 100\n')
    const result = await from.json('pick mail --why')
    validated(result)
    expect(result).toEqual({
      apiVersion: 'rollcall/v1',
      kind: 'Pick',
      service: 'mail',
      id: 'a',
      url: 'http://10.0.0.2:8080',
      address: '10.0.0.2:8080',
      strategy: 'round-robin',
      candidates: 1,
      why: [
        { id: 'a', chosen: true, candidate: true, weight: 100 },
        { id: 'b', chosen: false, candidate: false, weight: 100, reason: 'is down' },
      ],
    })
  })

  it('is status 1 where nobody is up', async () => {
    const from = await demo(aio('mail', 'a', 'down', Date.now()), kratos('mute', 'm', { endpoints: [] }))
    const down = await from.run('pick mail')
    expect(down).toMatchObject({ status: 1, stdout: '' })
    expect(down.stderr).toContain('mail has no instance that can be picked: is down ×1')
    expect((await from.run('pick mute')).stderr).toContain('has no endpoint that can be dialled ×1')
    expect(await from.run('pick payment')).toMatchObject({ status: 1, stdout: '' })
    expect(await from.run('pick payments --version v9')).toMatchObject({ status: 1, stdout: '' })
    for (const strategy of ['random', 'weighted-random', 'smooth-weighted', 'least-rtt']) {
      expect(await from.run(`pick mail --strategy ${strategy}`)).toMatchObject({ status: 1, stdout: '' })
    }
  })

  it('picks those of a status that is asked for, and of no other', async () => {
    const now = Date.now()
    const from = await demo(aio('mail', 'a', 'up', now), aio('mail', 'b', 'maintenance', now))
    const why = await from.run('pick mail --status maintenance --why')
    expect(why).toMatchObject({ status: 0, stdout: 'http://10.0.0.2:8080\n' })
    expect(why.stderr).toContain('  a: left out: not selected, weight 100\n  b: chosen, weight 100\n')
    expect(await from.json('pick mail --status maintenance')).toMatchObject({ id: 'b', candidates: 1 })
    expect(await from.json('pick mail --status !up')).toMatchObject({ id: 'b', candidates: 1 })
    expect(await from.run('pick mail --status down')).toMatchObject({ status: 1, stdout: '' })
  })

  it.each(['pick', 'pick payments orders', 'pick pay*', 'pick payments --strategy hash'])(
    'refuses: %s',
    async (line) => {
      expect(await (await demo()).run(line)).toMatchObject({ status: 2, stdout: '' })
    },
  )

  it('refuses a text to go by where the strategy goes by none', async () => {
    expect(await (await demo()).run('pick payments --strategy random --hash-key a')).toMatchObject({ status: 2 })
  })
})

describe('what pick remembers', () => {
  it('is begun anew where it is damaged, and unlocked where a killed run left it locked', async () => {
    const from = await demo()
    await picked(from, 'pick payments', 1)
    const folder = join(from.folder, 'rollcall', 'picks')
    const [name = ''] = await readdir(folder)
    const lock = join(folder, `${name}.lock.1.left.elsewhere`)
    await writeFile(lock, '')
    await utimes(lock, new Date(0), new Date(0))
    expect(await picked(from, 'pick payments', 1)).toEqual([second])
    await writeFile(join(folder, name), '{"last":')
    expect(await picked(from, 'pick payments', 1)).toEqual([first])
    await writeFile(join(folder, name), '{"last":7,"credits":[["a"]]}')
    expect(await picked(from, 'pick payments', 1)).toEqual([first])
    expect(await readdir(folder)).toEqual([name])
  })

  it('is not needed to pick', async () => {
    const from = await demo()
    await mkdir(join(from.folder, 'state'))
    await writeFile(join(from.folder, 'state', 'rollcall'), 'no folder')
    const { status, stdout, stderr } = await from.run('pick payments', {
      env: { XDG_STATE_HOME: join(from.folder, 'state') },
    })
    expect({ status, stderr }).toEqual({ status: 0, stderr: expect.stringContaining('choosing at random') })
    expect([first, second, third]).toContain(stdout.trimEnd())
  })
})
