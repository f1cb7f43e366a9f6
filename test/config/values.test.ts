import * as fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { resolve } from '../../src/config/resolve.ts'
import type { GlobalFlags } from '../../src/config/settings.ts'
import { RollcallError } from '../../src/model/errors.ts'
import { createPlace, origin, type Place, refusal, said } from './place.ts'

let place: Place
beforeEach(async () => {
  place = await createPlace()
})
afterEach(() => place[Symbol.asyncDispose]())

const etcd: GlobalFlags = { registry: 'etcd://a:1', user: 'root' }

const hush = () => Promise.resolve('hush\n')

const maybe = (...values: fc.Arbitrary<string>[]) => fc.option(fc.oneof(...values), { nil: undefined, freq: 2 })
const rarely = (...values: fc.Arbitrary<string>[]) =>
  fc.oneof({ weight: 5, arbitrary: fc.constant(undefined) }, { weight: 1, arbitrary: fc.oneof(...values) })

describe('secrets', () => {
  it.each([
    ['hush\n', 'hush'],
    ['hush\r\n', 'hush'],
    ['hush\n\n', 'hush\n'],
    [' hush ', ' hush '],
  ])('from a file: %j', async (text, password) => {
    await place.file('secret', text, 0o644)
    const resolved = await place.resolve({ ...etcd, passwordFile: 'secret' })
    expect(resolved.target.password).toBe(password)
    expect(origin(resolved, 'password')).toEqual({ name: 'password', value: '***', from: '--password-file' })
  })

  it('from standard input', async () => {
    const resolved = await place.resolve({ ...etcd, passwordFile: '-' }, { readStdin: hush })
    expect(resolved.target.password).toBe('hush')
    const both = () => place.resolve({ ...etcd, passwordFile: '-', tokenFile: '-' }, { readStdin: hush })
    expect(said(await refusal(both))).toContain('password and token cannot both come from standard input')
  })

  it('from variables, after the flags', async () => {
    await place.file('secret', 'from the file')
    Object.assign(place.env, { ROLLCALL_PASSWORD: 'from the variable' })
    expect((await place.resolve(etcd)).target).toMatchObject({ password: 'from the variable' })
    expect((await place.resolve({ ...etcd, passwordFile: 'secret' })).target.password).toBe('from the file')
    place.env['ROLLCALL_PASSWORD_FILE'] = 'secret'
    const resolved = await place.resolve(etcd)
    expect(resolved.target.password).toBe('from the file')
    expect(origin(resolved, 'password')?.from).toBe('ROLLCALL_PASSWORD_FILE')
    place.env['ROLLCALL_TOKEN'] = 'a token'
    expect((await refusal(() => place.resolve(etcd))).code).toBe('usage')
    const byToken = await place.resolve({ registry: 'etcd://a:1' })
    expect(byToken.target).toMatchObject({ token: 'a token' })
    expect(origin(byToken, 'token')).toEqual({ name: 'token', value: '***', from: 'ROLLCALL_TOKEN' })
  })

  it.each([
    ['nowhere', 'config', 'cannot be read: ENOENT'],
    ['.', 'config', 'cannot be read: EISDIR'],
    ['empty', 'config', '--password-file: the password is empty'],
  ])('not from %s', async (passwordFile, code, expected) => {
    await place.file('empty', '\n')
    const error = await refusal(() => place.resolve({ ...etcd, passwordFile }))
    expect(error.code).toBe(code)
    expect(said(error)).toContain(expected)
  })

  it('never show, whatever the environment holds', async () => {
    const secret = 'H4sh-up'
    const text = fc.string({ maxLength: 6 })
    const odd = fc.tuple(text, text).map(([before, after]) => `${before}${secret}${after}`)
    const login = odd.map((password) => `root:${password}`)
    const environments = fc.record({
      ROLLCALL_REGISTRY: maybe(
        login.map((user) => `etcd://${user}@a:1/p`),
        login.map((user) => `${user}@a:2379`),
        odd.map((password) => `etcd://a:1?password=${password}`),
        ...Array.from({ length: 6 }, () => fc.constantFrom('etcd:', 'etcd://root@a:1', 'etcds://a:1', 'etcd://a:1')),
      ),
      ROLLCALL_USER: rarely(login, fc.constant('root')),
      ROLLCALL_PASSWORD: maybe(odd),
      ROLLCALL_TOKEN: maybe(odd),
      ROLLCALL_LAYOUT: rarely(fc.constantFrom('kratos', 'nonsense')),
      ROLLCALL_REQUEST_TIMEOUT: rarely(fc.constantFrom('5s', '5')),
      ETCDCTL_ENDPOINTS: maybe(
        fc.constantFrom('a:1', 'b'),
        login.map((user) => `http://${user}@a:1`),
      ),
      ETCDCTL_USER: rarely(login, fc.constant('root')),
      ETCDCTL_PASSWORD: maybe(odd),
    })
    let resolved = 0
    await fc.assert(
      fc.asyncProperty(environments, async (env) => {
        const around = { env: { ...env, HOME: place.folder }, cwd: place.folder }
        const shown = await resolve({}, around).then(
          ({ origins, target }) => {
            resolved++
            return JSON.stringify([origins, target.display, target.endpoints])
          },
          (error: unknown) => {
            if (!(error instanceof RollcallError)) throw error
            return `${said(error)} ${error.stack} ${String(error.cause)}`
          },
        )
        expect(shown).not.toContain(secret)
      }),
      { numRuns: 2000 },
    )
    expect(resolved).toBeGreaterThan(100)
  })
})

describe('a value that makes no sense', () => {
  it.each<[GlobalFlags, string, string]>([
    [{ layout: 'kratoss' }, 'usage', '--layout: there is no layout "kratoss" · did you mean "kratos"'],
    [{ requestTimeout: '5' }, 'usage', '--request-timeout: "5" is not a valid duration · write for example 500ms'],
    [{ requestTimeout: '0s' }, 'usage', '--request-timeout: "0s" is too short · it must be above 0'],
    [{ aioTtl: 'long' }, 'usage', '--aio-ttl: "long" is not a valid duration'],
    [{ user: 'root:hush' }, 'usage', '--user: the user carries a password'],
    [
      { registry: 'etcds://a:1', cert: 'there.pem' },
      'usage',
      'a client certificate alone is not enough · name the other half with --key',
    ],
    [
      { registry: 'etcds://a:1', key: 'there.pem' },
      'usage',
      'a client key alone is not enough · name the other half with --cert',
    ],
    [{ registry: 'etcds://a:1', cacert: 'nowhere.pem' }, 'config', 'nowhere.pem cannot be read: ENOENT'],
    [{ namespace: 'x', allNamespaces: true }, 'usage', '--namespace and --all-namespaces exclude each other'],
    [{ namespace: 'x' }, 'usage', 'has no namespaces'],
  ])('%o', async (flags, code, expected) => {
    await place.file('there.pem', 'PEM')
    const error = await refusal(() => place.resolve({ registry: 'etcd://a:1', ...flags }))
    expect(error.code).toBe(code)
    expect(said(error)).toContain(expected)
    expect(said(error)).not.toContain('hush')
  })

  it('in a variable is said of the variable', async () => {
    place.env['ROLLCALL_INSECURE_SKIP_TLS_VERIFY'] = 'maybe'
    const error = await refusal(() => place.resolve({ registry: 'etcds://a:1' }))
    expect(said(error)).toContain('ROLLCALL_INSECURE_SKIP_TLS_VERIFY is neither true nor false')
  })
})
