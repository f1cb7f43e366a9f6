import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { Demo } from '../demo.ts'

let demo: Demo
beforeAll(async () => {
  demo = await Demo.open()
})
afterAll(() => demo[Symbol.asyncDispose]())

describe('stats', () => {
  it('counts by service, status, scheme, version and layout, and by a metadata key', async () => {
    const { stdout, stderr } = await demo.run('stats payments orders --by zone')
    expect(stdout).toMatch(/^SERVICE +INSTANCES +STATUS +VERSIONS +SCHEMES +LAYOUTS +ZONE +MALFORMED\norders +3 +up ×3/)
    expect(stderr).toBe('2 services, 6 instances\n')
    expect(await demo.json('stats')).toMatchObject({
      instances: 17,
      malformed: 4,
      withoutLease: 1,
      byLayout: { aio: 3 },
    })
  })

  it('says which service has nothing', async () => {
    const { status, stdout, stderr } = await demo.run('stats payments nope')
    expect(status).toBe(1)
    expect(stdout).toContain('payments')
    expect(stderr).toContain('no instance of nope is registered')
    expect(await demo.run('stats nope')).toMatchObject({ status: 1, stdout: '' })
  })
})

describe('check-keys', () => {
  it('ends with 1 for findings at the threshold', async () => {
    expect((await demo.run('check-keys')).status).toBe(1)
    expect((await demo.run('check-keys --fail-on never')).status).toBe(0)
    expect((await demo.run('check-keys payments')).status).toBe(0)
    expect((await demo.run('check-keys nope')).status).toBe(1)
    const partly = await demo.run('check-keys payments nope')
    expect(partly.status).toBe(1)
    expect(partly.stderr).toContain('there are no records of nope')
    expect((await demo.run('check-keys --list')).status).toBe(1)
    expect((await demo.run('check-keys --list --fail-on never payments')).status).toBe(0)
  })

  it('shows every key with its verdict', async () => {
    const { items } = await demo.json('check-keys --list')
    expect(items).toHaveLength(22)
    expect(items.filter((item: { verdict: string }) => item.verdict === 'error')).toHaveLength(4)
  })

  it('explains a rule, and knows which there are', async () => {
    expect((await demo.run('check-keys --explain RC1001')).stdout).toContain('RC1001')
    for (const line of ['--explain RC9', '--rule RC9', '--ignore RC9', '--severity bad', '--fail-on info', '-o nix']) {
      expect((await demo.run(`check-keys ${line}`)).status).toBe(2)
    }
  })
})

describe('config, schema and version', () => {
  it('say what is in force, and where it came from', async () => {
    const { stdout } = await demo.run('config --layout kratos')
    expect(stdout).toMatch(/^NAME +VALUE +FROM\nregistry +file:.*registry\.db +ROLLCALL_REGISTRY\n/)
    expect(stdout).toMatch(/\nlayout +kratos +--layout\n/)
    expect((await demo.run('config too much')).status).toBe(2)
  })

  it('answer alike under each name for the version', async () => {
    const { stdout } = await demo.run('version')
    expect(stdout).toMatch(/^rollcall \S+ \(node /)
    expect((await demo.run('--version')).stdout).toBe(stdout)
    expect((await demo.run('--version ls')).stdout).toBe(stdout)
    expect(JSON.parse((await demo.run('--version -o json')).stdout)).toMatchObject({ kind: 'Version' })
  })

  it('print a schema, and say which kinds there are', async () => {
    expect(JSON.parse((await demo.run('schema Event')).stdout)).toMatchObject({ title: 'Event' })
    expect((await demo.run('schema Nix')).status).toBe(2)
    expect((await demo.run('version 2')).status).toBe(2)
  })
})
