import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { RollcallError } from '../../../src/model/errors.ts'
import { Demo } from '../demo.ts'
import { seed } from '../seed.ts'

let demo: Demo
beforeEach(async () => {
  demo = await Demo.open()
})
afterEach(() => demo[Symbol.asyncDispose]())

const left = async (service: string) =>
  (await demo.run(`ls ${service} -o name`)).stdout.split('\n').filter((line) => line !== '')

describe('deregister', () => {
  it('names the service of a key without a slash at its beginning as it is', async () => {
    await seed(demo, [{ key: 'stock.rpc/7', value: '10.0.0.33:8080' }])
    expect(await demo.json('get --raw-key stock.rpc/7')).toMatchObject({ service: 'stock.rpc' })
    const removed = await demo.run('deregister --raw-key stock.rpc/7 --yes --force -o json')
    expect({ status: removed.status, ...JSON.parse(removed.stdout) }).toMatchObject({ status: 0 })
    expect(removed.stdout).not.toContain('"tock.rpc"')
    expect((await demo.run('get --raw-key stock.rpc/7')).status).toBe(1)
  })

  it.each(['deregister', 'offline', 'renew'])('%s names the service of an id that stands alone', async (command) => {
    expect(await demo.run(`${command} payments-1`)).toMatchObject({
      status: 2,
      stderr: `rollcall: ${command} needs <service>/<id>\n  payments-1 is the id of an instance of payments: rollcall ${command} payments/payments-1\n`,
    })
    expect((await demo.run(`${command} nobody`)).stderr).toContain(
      `${command} needs instances, and nobody is a service`,
    )
  })

  it('removes one exact instance without a question', async () => {
    const { status, stdout, asked } = await demo.run('deregister payments/payments-1 --color never', { terminal: true })
    expect({ status, asked }).toEqual({ status: 0, asked: [] })
    expect(stdout).toMatch(/^RESULT +SERVICE .*\ndone +payments +payments-1/)
    expect((await demo.run('rm payments payments-2')).status).toBe(0)
    expect((await demo.run('delete --id payments-3')).status).toBe(0)
    expect(await left('payments')).toEqual([])
  })

  it('shows several, asks, and takes no for an answer', async () => {
    const line = 'deregister users/users-1 payments/payments-1'
    const no = await demo.run(line, { terminal: true, answers: [false] })
    expect(no.status).toBe(1)
    expect(no.asked).toEqual(['Remove these 2 instances?'])
    expect(no.stderr).toContain(`2 records to remove in file:${demo.file} · default prefixes\n`)
    expect(no.stderr.split(demo.file)).toHaveLength(2)
    expect(no.stderr).toContain('rollcall: nothing was changed')
    expect((await demo.run(`${line} -q`, { terminal: true, answers: ['ctrl-c'] })).status).toBe(130)
    expect(await left('payments')).toHaveLength(3)
    expect((await demo.run(line, { terminal: true, answers: [true] })).status).toBe(0)
    expect(await left('payments')).toHaveLength(2)
  })

  it('stopped in the middle, says what was removed and of how many that is not known: 130', async () => {
    const instances = Array.from({ length: 1000 }, (_, at) => ({
      name: 'big',
      id: `b-${at}`,
      endpoints: ['grpc://h:1'],
    }))
    await writeFile(join(demo.folder, 'big.json'), JSON.stringify(instances))
    await demo.run('register -f big.json --ttl 1h -q')
    const stop = new AbortController()
    const removing = demo.start('deregister big --all --force --yes -o name --debug', { signal: stop.signal })
    const write = removing.stderr.write.bind(removing.stderr)
    removing.stderr.write = async (text) => {
      await write(text)
      if (/debug: .*delete /.test(text)) setImmediate(() => stop.abort(new RollcallError('interrupted', 'interrupted')))
    }
    const { status, stdout, stderr } = await removing.ended
    const removed = stdout.split('\n').filter((line) => line !== '').length
    expect(status).toBe(130)
    expect(stderr).toContain(`interrupted: ${1000 - removed} records not attempted`)
    expect(await left('big')).toHaveLength(1000 - removed)
  })

  it('asks nothing off a terminal, and names the flag that answers', async () => {
    const refused = await demo.run('deregister payments --all --max-percent 100')
    expect(refused).toMatchObject({ status: 2, stdout: '' })
    expect(refused.stderr).toContain('pass --yes')
    expect(await left('payments')).toHaveLength(3)
    expect((await demo.run('deregister payments --all --force --dry-run')).stdout).toMatch(/planned .*payments-3/)
    expect(await left('payments')).toHaveLength(3)
    expect((await demo.run('deregister payments --all --force --yes')).status).toBe(0)
    expect(await left('payments')).toEqual([])
  })

  it('reads targets from standard input', async () => {
    const { stdout } = await demo.run('ls users -o name')
    expect((await demo.run('deregister - --yes', { stdin: stdout })).status).toBe(6)
    expect((await demo.run('deregister - --max-percent 100 --yes', { stdin: stdout })).status).toBe(0)
    expect(await left('users')).toEqual([])
  })

  it('removes a malformed record by its key, after a question', async () => {
    const key = '/microservices//build-agent-3'
    expect((await demo.run(`deregister --raw-key ${key}`)).status).toBe(2)
    const done = await demo.run(`deregister --raw-key ${key} --verify 0s`, { terminal: true, answers: [true] })
    expect(done.status).toBe(0)
    expect(done.stderr).toContain('stayed gone')
    expect((await demo.run(`deregister --raw-key ${key} --yes`)).status).toBe(1)
    expect((await demo.run(`deregister --raw-key ${key} --yes --ignore-not-found`)).status).toBe(0)
    expect((await demo.run(`deregister payments --raw-key ${key} --yes`)).status).toBe(2)
  })

  it('removes nothing when one of them is not there, unless told to ignore that', async () => {
    const line = 'deregister payments/payments-1 payments/nobody --yes'
    expect((await demo.run(line)).status).toBe(1)
    expect(await left('payments')).toHaveLength(3)
    const { items } = await demo.json(`${line} --ignore-not-found`)
    expect(items.map((item: { result: string }) => item.result)).toEqual(['done', 'absent'])
    expect(await left('payments')).toHaveLength(2)
    expect((await demo.run('deregister nobody/x --ignore-not-found')).status).toBe(0)
    expect((await demo.run('deregister nobody --all --ignore-not-found --yes')).status).toBe(0)
  })

  it('refuses a whole service, an instance in several places, and what makes no sense', async () => {
    expect((await demo.run('deregister payments')).stderr).toContain(
      'deregister needs instances, and payments is a service\n  name <service>/<id>, or pipe: rollcall ls payments -o name | rollcall deregister -',
    )
    await demo.run('register payments --id payments-1 -e http://10.0.0.9:3 --layout aio')
    const several = await demo.run('deregister payments/payments-1')
    expect(several.status).toBe(2)
    expect(several.stderr).toMatch(
      /is stored in several places: .*\n {2}narrow with --layout (aio or --layout kratos|kratos or --layout aio)\n/,
    )
    for (const line of [
      'deregister',
      'deregister payments/payments-2 --all --yes',
      'deregister --all --yes',
      'deregister payments/payments-2 --verify soon',
      'deregister payments/payments-2 --columns nix',
      'deregister payments/payments-2 -o nix',
      'deregister payments/payments-2 --fields nix -o json',
    ]) {
      expect(await demo.run(line)).toMatchObject({ status: 2, stdout: '' })
    }
    expect(await left('payments')).toHaveLength(4)
  })

  it('watches that it stays gone, and says when it is back', async () => {
    expect((await demo.run('deregister payments/payments-1 --verify 50ms')).stderr).toContain('stayed gone')
    const watching = demo.start('deregister payments/payments-2 --verify 20s')
    await expect.poll(() => watching.stdout.text()).toContain('done')
    await demo.run('register payments --id payments-2 -e grpc://10.0.0.1:1 --ttl 2h')
    const back = await watching.ended
    expect(back.status).toBe(7)
    expect(back.stderr).toContain('payments/payments-2 is back: its owner registered it again')
  })

  it('is refused where a context is read-only', async () => {
    await demo.run(`context add look -r file:${demo.file} --read-only`)
    for (const line of [
      'deregister payments/payments-1 -c look',
      'renew payments/payments-1 -c look',
      'offline mailer/mailer-4f0c2a7be19d3356 -c look',
      'register a -e grpc://10.0.0.1:1 -c look',
    ]) {
      const { status, stderr } = await demo.run(line)
      expect(status).toBe(6)
      expect(stderr).toContain('context look is read-only')
    }
    expect((await demo.run('deregister payments/payments-1 -c look --dry-run')).status).toBe(0)
  })

  it("wants the context's name typed where the context says so", async () => {
    await demo.run(`context add prod -r file:${demo.file} --confirm-name`)
    const line = 'deregister payments --all --force -c prod'
    const wrong = await demo.run(line, { terminal: true, answers: ['production'] })
    expect(wrong.status).toBe(1)
    expect(wrong.asked).toEqual(['Remove these 3 instances? Type prod to go on:'])
    expect(wrong.stderr).toContain(`in context prod · file:${demo.file}`)
    const quiet = await demo.run(`${line} -q`, { terminal: true, answers: ['production'] })
    expect(quiet.stderr).toContain(`in context prod · file:${demo.file}`)
    expect((await demo.run(line, { terminal: true, answers: ['prod'] })).status).toBe(0)
  })
})
