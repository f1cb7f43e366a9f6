import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { Demo } from '../demo.ts'

let demo: Demo
beforeAll(async () => {
  demo = await Demo.open()
})
afterAll(() => demo[Symbol.asyncDispose]())

const ids = async (line: string) => (await demo.json(line)).items.map((item: { id: string }) => item.id)

describe('get', () => {
  it('shows everything known about an instance', async () => {
    const { status, stdout } = await demo.run('get payments/payments-1')
    expect(status).toBe(0)
    expect(stdout).toMatch(/^payments\/payments-1\nStatus +up\nVersion +v1\.4\.2\n/)
    expect(stdout).toMatch(
      /TTL left +\dh of 8h\nLease +[0-9a-f]+\nLayout +kratos\nRecords +\/microservices\/payments\/payments-1\n/,
    )
    expect((await demo.run('describe payments payments-1')).stdout).toMatch(/^payments\/payments-1\n/)
    expect((await demo.run('get discovery:///payments/payments-1')).status).toBe(0)
  })

  it('shows for how long an AIO instance is up, and for how long it is offline', async () => {
    await demo.run('register uptime --id u -e http://10.0.0.9:1 --layout aio')
    expect((await demo.run('get uptime/u')).stdout).toMatch(
      /\nStarted +\S+Z \(\d+s ago\)\nRenewed +\S+Z \(\d+s ago\)\n(?!Offline)/,
    )
    await demo.run('offline uptime/u')
    const { stdout } = await demo.run('get uptime/u')
    expect(stdout).toMatch(/\nStatus +down\n/)
    expect(stdout).toMatch(/\nStarted +\S+Z \(\d+s ago\)\n(.*\n)*Offline +\S+Z \(\d+s ago\)\n/)
    await demo.run('deregister uptime/u')
  })

  it('takes ids behind a service, several targets, and a service for all of its instances', async () => {
    expect(await ids('get payments payments-1 payments-2')).toEqual(['payments-1', 'payments-2'])
    expect(await ids('get users/users-1 payments/payments-2')).toEqual(['users-1', 'payments-2'])
    expect(await ids('get mailer')).toHaveLength(3)
  })

  it('reads targets from standard input as -o name writes them', async () => {
    await demo.run(['register', 'odd', '--id', String.raw`back\slash`, '-e', 'grpc://10.0.0.9:1', '--ttl', '2h'])
    const { stdout: names } = await demo.run('ls odd -o name')
    expect(names).toBe('odd/back\\\\slash\n')
    expect((await demo.run('get - -o name', { stdin: `\r\n${names}` })).stdout).toBe(names)
    expect(await demo.run('get -', { stdin: 'payments\n' })).toMatchObject({ status: 2 })
    expect(await demo.run('get -', { stdin: '' })).toMatchObject({ status: 2 })
    expect(await demo.run('get - payments/payments-1')).toMatchObject({ status: 2 })
  })

  it.each([
    ['get users-1', 'it is the id of an instance of users: rollcall get --id users-1'],
    ['ls users-1', 'rollcall get --id users-1'],
    ['get 10.1.7.11:9000', 'rollcall ls --all --host 10.1.7.11:9000'],
    ['get grpc://10.1.7.11:9000', 'rollcall ls --all --host 10.1.7.11:9000'],
    ['ls 10.1.7.11', 'rollcall ls --all --host 10.1.7.11'],
    ['get [2001:db8::1]:9000', "rollcall ls --all --host '[2001:db8::1]:9000'"],
    ['get usres', 'did you mean "users"?'],
  ])('names the command that finds what was meant: %s', async (line, hint) => {
    const { status, stderr } = await demo.run(line)
    expect({ status, stderr }).toEqual({ status: 1, stderr: expect.stringContaining(hint) })
    const found = /rollcall ((?:get|ls) .*)$/m.exec(stderr)?.[1]
    if (found && !found.includes('2001')) expect((await demo.run(found)).status).toBe(0)
  })

  it('shows people no password that stands in an endpoint, and programs what is stored', async () => {
    const endpoint = 'http://svc:s3cret@10.0.0.1:8000/base'
    expect((await demo.run(`register leaky --id l -e ${endpoint} --ttl 2h`)).status).toBe(0)
    for (const line of [
      'get leaky',
      'ls leaky',
      'ls leaky -o wide',
      'check-keys leaky',
      'check-keys leaky -o json',
      'check-keys leaky -o sarif',
      'watch leaky --limit 2',
      'wait leaky --min 2 --timeout 0s',
    ])
      expect(JSON.stringify(await demo.run(line))).not.toContain('s3cret')
    expect((await demo.run('check-keys leaky --rule RC1211,RC1212 -o csv --columns rule,message')).stdout).toContain(
      'http://svc:***@10.0.0.1:8000/base',
    )
    expect((await demo.json('get leaky/l')).endpoints).toEqual([endpoint])
    await demo.run('deregister leaky/l')
  })

  it('finds an id under any service, and asks which when there are several', async () => {
    expect(await demo.json('get --id users-1')).toMatchObject({ name: 'users', id: 'users-1' })
    await demo.run('register twins --id users-1 -e grpc://10.0.0.9:2 --ttl 2h')
    const several = await demo.run('get --id users-1')
    expect(several.status).toBe(2)
    expect(several.stderr).toContain(
      'several services have an instance users-1: twins, users\n  name one: twins/users-1 or users/users-1',
    )
    expect(await demo.json('get users --id users-1')).toMatchObject({ name: 'users' })
    expect((await demo.run('get --id nobody')).status).toBe(1)
    await demo.run('deregister twins/users-1')
  })

  it('shows an instance in every place where it lies', async () => {
    await demo.run('register payments --id payments-1 -e http://10.0.0.9:3 --layout aio')
    const found = await demo.json('get payments/payments-1')
    expect(found.items.map((item: { layout: string }) => item.layout).toSorted()).toEqual(['aio', 'kratos'])
    await demo.run('deregister payments/payments-1 --layout aio')
    expect((await demo.json('get payments/payments-1')).layout).toBe('kratos')
  })

  it('shows what else hangs on the lease, and the records as they are stored', async () => {
    const { leaseKeys, records, keys } = await demo.json('get sre --raw')
    expect(keys).toEqual(['/microservices/sre/grpc/node-7.local', '/microservices/sre/http/node-7.local'])
    expect(leaseKeys).toBeUndefined()
    expect(JSON.parse(records[0].value)).toMatchObject({ id: 'node-7.local', endpoints: ['grpc://10.1.9.7:9000'] })
    expect((await demo.run('get sre --raw')).stdout).toContain('(revision 2)  {"id":"node-7.local"')
  })

  it('shows one stored key, malformed or not', async () => {
    const bad = await demo.run('get --raw-key /microservices//build-agent-3')
    expect(bad.status).toBe(0)
    expect(bad.stdout).toMatch(/^Key +\/microservices\/\/build-agent-3\nProblem +.*name.*\n/)
    expect(await demo.json('get --raw-key /microservices/users/tmp')).toMatchObject({
      kind: 'Record',
      problem: 'not-json',
    })
    expect(await demo.json('get --raw-key /microservices/users/users-1')).toMatchObject({ kind: 'Instance' })
    expect((await demo.run('get --raw-key /nix')).status).toBe(1)
    expect((await demo.run('get users/users-1 --raw-key /nix')).status).toBe(2)
  })

  it('names near targets', async () => {
    const hint = async (line: string) => (await demo.run(line)).stderr
    expect(await hint('get payments/payments-9')).toContain('did you mean "payments-1"')
    expect(await hint('get paymnts/payments-1')).toContain('did you mean "payments"')
    await demo.run(['register', 'broken', '--id', 'x', '-e', 'grpc://10.0.0.9:4', '--ttl', 'none'])
    expect(await hint('get payments//')).toContain('payments has no instance /')
  })

  it('says that a service has only records that cannot be read', async () => {
    const { stderr } = await demo.run('get users/tmp')
    expect(stderr).toContain('users/tmp is not an instance: ')
    expect(stderr).toContain('  rollcall get --raw-key /microservices/users/tmp shows it')
    expect((await demo.run('get --raw-key /microservices/users/tmp')).status).toBe(0)
    expect((await demo.run('get users/')).status).toBe(2)
    expect((await demo.run(['get', ''])).status).toBe(2)
    expect((await demo.run(['get', 'users', ''])).status).toBe(2)
    expect((await demo.run('get')).status).toBe(2)
  })
})
