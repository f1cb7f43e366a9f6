import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { RollcallError } from '../../../src/model/errors.ts'
import { Demo } from '../demo.ts'

let demo: Demo
let opened = 0
beforeAll(async () => {
  demo = await Demo.open()
  opened = Date.now()
})
/** However long the tests take, nobody's renewal is overdue who was up when they began. */
const clock = { now: () => opened }
afterAll(() => demo[Symbol.asyncDispose]())

const names = async (line: string) => (await demo.run(`${line} -o name`, clock)).stdout.split('\n').filter(Boolean)

describe('ls', () => {
  it('shows services with their counts', async () => {
    const { status, stdout, stderr } = await demo.run('ls', clock)
    expect(status).toBe(0)
    expect(stdout.split('\n').slice(0, 2)).toEqual([
      'SERVICE          INSTANCES  UP  VERSIONS',
      'mailer                   3   1  2.3.0',
    ])
    expect(stderr).toContain('17 instances, 15 up, 1 expired, 1 down')
    expect(stderr).toContain('4 records could not be read; see rollcall check-keys')
  })

  it('shows the instances of a service, alike under every name for it', async () => {
    const { stdout } = await demo.run('ls payments')
    expect(stdout).toMatch(/^ID {10}STATUS  VERSION  ENDPOINTS +AGE\npayments-1  up +v1\.4\.2/)
    const ids = await names('ls payments')
    expect(await names('list payments')).toEqual(ids)
    expect(await names('ls discovery:///payments')).toEqual(ids)
  })

  it('shows some by globs and selectors', async () => {
    expect(await names('ls pay* --version v2.0.1')).toEqual([
      'payments-ledger/payments-ledger-1',
      'payments-ledger/payments-ledger-2',
    ])
    expect(await names('ls --all --status expired,down')).toHaveLength(2)
    expect(await names('ls --all --status inactive')).toEqual(['mailer/mailer-91d2c05ab7e4f013'])
    expect(await names('ls --all -l zone=ams-2 -l !track --host 10.1.6.*')).toEqual([
      'orders/orders-1',
      'orders/orders-2',
    ])
    expect(await names('ls --all --scheme http --env prod --older-than 30d')).toHaveLength(3)
    expect(await names('ls')).toContain('payments')
  })

  it('says which of the services named has nothing, and which may have been meant', async () => {
    const missing = await demo.run('ls payment')
    expect(missing).toMatchObject({ status: 1, stdout: '' })
    expect(missing.stderr).toContain('no instance of payment is registered\n  did you mean')
    const one = await demo.run('ls payments nope')
    expect(one.status).toBe(1)
    expect(one.stdout).toContain('payments-1')
    expect(one.stderr).toContain('no instance of nope is registered')
    const none = await demo.run('ls payments --status down')
    expect(none).toMatchObject({ status: 1 })
    expect(none.stderr).toContain('the selectors match no instance of payments')
    expect((await demo.run('ls nix*')).status).toBe(1)
  })

  it('says where else instances lie when there is nothing, and only then', async () => {
    const { status, stderr } = await demo.run('ls --prefix /elsewhere')
    expect(status).toBe(0)
    expect(stderr).toContain(
      'no records under /elsewhere; found similar ones under /aio/registry (3 keys), /microservices (19 keys): try --prefix',
    )
    await demo.run('register one --id one-1 -e grpc://10.0.0.1:1 --prefix /single')
    expect((await demo.run('ls --prefix /elsewhere')).stderr).toContain('/single (1 key)')
    await demo.run('deregister one/one-1 --prefix /single')
    expect((await demo.run('ls --status unknown')).stderr).not.toContain('no records under')
    expect((await demo.run('ls --layout aio --prefix /x')).stderr).toContain('no records under /x')
  })

  it('sorts and limits', async () => {
    const { stdout } = await demo.run('ls --sort-by -instances --limit 2 --no-headers --columns instances')
    expect(stdout).toBe('3\n3\n')
    const first = await demo.run('ls --all --sort-by -id --limit 1 -o name')
    expect(first.stdout).toBe('users/users-2\n')
  })

  it('keeps the picture current', async () => {
    await using own = await Demo.open()
    const stop = new AbortController()
    const watching = own.start('ls payments -w', { signal: stop.signal })
    await expect.poll(() => watching.stdout.text()).toContain('payments-3')
    await own.run('deregister payments/payments-3')
    await expect.poll(() => watching.stdout.text().split('ID  ').at(-1)).not.toContain('payments-3')
    stop.abort(new RollcallError('interrupted', 'interrupted'))
    expect(await watching.ended).toMatchObject({ status: 130, stderr: '' })
  })
})

describe('ls of IPv6 addresses', () => {
  it.each(['kratos', 'kratos-scheme', 'aio', 'plain'])(
    'finds an IPv6 address however it is written: %s',
    async (layout) => {
      await using own = await Demo.open()
      const kept = layout === 'aio' ? '' : '--ttl 2h'
      await own.run(`register six --id a -e http://[2001:db8::54]:8788 --layout ${layout} ${kept}`)
      await own.run(`register six --id z -e http://[fe80::1%25eth0]:8788 --layout ${layout} ${kept}`)
      const ids = async (host: string) => {
        const { status, stdout } = await own.run(['ls', 'six', '--host', host, '-o', 'name', '--layout', layout])
        return status === 0 ? stdout.trim().split('\n') : []
      }
      for (const host of [
        '2001:db8::54',
        '[2001:db8::54]',
        '[2001:DB8::54]:8788',
        '2001:db8:0:0:0:0:0:54',
        '[2001:0db8::0054]:*',
      ])
        expect([host, await ids(host)]).toEqual([host, [expect.stringContaining('six/')]])
      for (const host of ['fe80::1', 'fe80::1%eth0', '[fe80::1%25eth0]:8788', 'fe80:0::1%eth0'])
        expect([host, await ids(host)]).toEqual([host, [expect.stringContaining('six/')]])
      for (const host of ['fe80::1%eth1', '2001:db8::55', '[2001:db8::54]:80', '::1'])
        expect([host, await ids(host)]).toEqual([host, []])
      const { items } = await own.json(`ls six --layout ${layout}`)
      const shown = items.flatMap((item: { endpoints: string[] }) => item.endpoints).join(' ')
      expect(shown).toContain('[2001:db8::54]:8788')
      expect(shown).not.toContain('[[')
      expect(
        (await own.json(`check-keys six --layout ${layout}`)).items.map((item: { rule: string }) => item.rule),
      ).not.toContain('RC1204')
    },
  )
})
