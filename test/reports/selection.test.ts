import { describe, expect, it } from 'vitest'
import { RollcallError } from '../../src/model/errors.ts'
import { type SelectionFlags, isAgeless, matches, parseSelection } from '../../src/reports/selection.ts'
import { NOW, entry } from './entries.ts'

const it1 = entry(
  {
    version: 'v1.2.3',
    metadata: { zone: 'a', tier: 'gold', empty: '' },
    endpoints: ['grpc://10.0.0.1:9000', 'http://Web-1.local:8000', 'http://[::1]:8000?isSecure=false', '10.9.9.9:70'],
  },
  {
    status: 'expired',
    env: 'prod',
    registeredAt: NOW - 3_600_000,
    tags: ['version=v1.2.3', 'Canary', 'traefik.rule=Host(`a`,`b`)'],
    serviceKind: 'connect-proxy',
  },
)

function selects(flags: SelectionFlags): boolean {
  return matches(parseSelection(flags), it1, NOW)
}

describe('a selection', () => {
  it.each<[SelectionFlags, boolean]>([
    [{}, true],
    [{ selector: ['zone=a'] }, true],
    [{ selector: ['zone==a'] }, true],
    [{ selector: ['zone=b'] }, false],
    [{ selector: ['zone=a,tier=gold'] }, true],
    [{ selector: ['zone=a,tier=tin'] }, false],
    [{ selector: ['zone=a', 'tier=tin'] }, false],
    [{ selector: ['zone!=b,missing!=x'] }, true],
    [{ selector: ['zone in (a, b),tier notin (tin)'] }, true],
    [{ selector: ['zone notin (a,b)'] }, false],
    [{ selector: ['missing notin (a)'] }, true],
    [{ selector: ['zone,!missing'] }, true],
    [{ selector: ['!zone'] }, false],
    [{ selector: ['empty='] }, true],
    [{ selector: ['missing='] }, false],
    [{ selector: ['toString'] }, false],
    [{ status: ['expired'] }, true],
    [{ status: ['up,expired'] }, true],
    [{ status: ['active', 'inactive'] }, false],
    [{ version: ['v1.2.3', 'v9'] }, true],
    [{ version: ['v1.2'] }, false],
    [{ scheme: ['grpc'] }, true],
    [{ scheme: ['GRPC://'] }, true],
    [{ scheme: ['tcp,ws'] }, false],
    [{ env: ['test,prod'] }, true],
    [{ env: ['test'] }, false],
    [{ host: ['10.0.0.1'] }, true],
    [{ host: ['10.0.0.1:9000'] }, true],
    [{ host: ['10.0.0.1:8000'] }, false],
    [{ host: ['10.0.0.*'] }, true],
    [{ host: ['web-[12].local'] }, true],
    [{ host: ['WEB-1.LOCAL:80*'] }, true],
    [{ host: ['::1'] }, true],
    [{ host: ['[::1]'] }, true],
    [{ host: ['[::1]:8000'] }, true],
    [{ host: ['[::1]:9000'] }, false],
    [{ host: ['10.9.9.9:70'] }, true],
    [{ tag: ['canary'] }, true],
    [{ tag: ['blue', 'CANARY'] }, true],
    [{ tag: ['blue,canary'] }, true],
    [{ tag: ['blue'] }, false],
    [{ tag: ['can'] }, false],
    [{ tag: ['traefik.*'] }, true],
    [{ tag: ['version=v1.2.?'] }, true],
    [{ tag: ['canary'], version: ['v9'] }, false],
    [{ version: ['v1.*'] }, true],
    [{ version: ['v1.?.4'] }, false],
    [{ version: ['!v1.2.3'] }, false],
    [{ version: ['!v9'] }, true],
    [{ version: ['v1.*', '!v1.2.*'] }, false],
    [{ version: ['v1.*,!v1.1.*'] }, true],
    [{ env: ['pr*'] }, true],
    [{ env: ['! test'] }, true],
    [{ env: ['!prod'] }, false],
    [{ scheme: ['!ws'] }, true],
    [{ scheme: ['!HTTP://'] }, false],
    [{ scheme: ['grpc,!http'] }, false],
    [{ host: ['!10.0.0.*'] }, false],
    [{ host: ['!10.0.0.2', '!::2'] }, true],
    [{ host: ['web-1.local,![::1]:9000'] }, true],
    [{ status: ['!up'] }, true],
    [{ status: ['!expired'] }, false],
    [{ status: ['!up,expired'] }, true],
    [{ tag: ['!canary'] }, false],
    [{ tag: ['!blue'] }, true],
    [{ noProxies: true }, false],
    [{ noProxies: false }, true],
    [{ olderThan: '59m' }, true],
    [{ olderThan: '1h' }, false],
    [{ status: ['expired'], env: ['test'] }, false],
  ])('%j: %s', (flags, expected) => {
    expect(selects(flags)).toBe(expected)
  })

  it('excludes what stands behind a "!" from an instance that has none of it', () => {
    for (const flags of [
      { version: ['!v1'] },
      { env: ['!prod'] },
      { tag: ['!x'] },
      { scheme: ['!ws'] },
      { host: ['!h'] },
    ])
      expect(matches(parseSelection(flags), entry({ version: '', endpoints: [] }), NOW)).toBe(true)
  })

  it('never calls an unknown age older, and takes the start where registration is unknown', () => {
    const selection = parseSelection({ olderThan: '0' })
    expect(matches(selection, entry(), NOW)).toBe(false)
    expect(matches(selection, entry({}, { startedAt: NOW - 1 }), NOW)).toBe(true)
  })

  it('tells what an unknown age alone leaves out', () => {
    const selection = parseSelection({ olderThan: '0', version: ['v1.2.3'] })
    expect(isAgeless(selection, entry({ version: 'v1.2.3' }), NOW)).toBe(true)
    expect(isAgeless(selection, entry({ version: 'v9' }), NOW)).toBe(false)
    expect(isAgeless(selection, it1, NOW)).toBe(false)
    expect(isAgeless(parseSelection({}), entry(), NOW)).toBe(false)
  })

  it.each<[SelectionFlags, string]>([
    [{ selector: ['a b'] }, 'cannot be read at "a b"'],
    [{ selector: [''] }, 'cannot be read at ""'],
    [{ selector: ['k in (a'] }, 'cannot be read'],
    [{ status: ['upp'] }, '"upp" is not a valid status'],
    [{ version: [''] }, 'has an empty value'],
    [{ host: ['a,'] }, 'has an empty value'],
    [{ env: ['!'] }, 'has a "!" without a value'],
    [{ status: ['up,!up'] }, 'excludes every status'],
    [{ status: ['!upp'] }, '"upp" is not a valid status'],
    [{ olderThan: 'soon' }, 'is not a valid duration'],
  ])('refuses %j', (flags, message) => {
    expect(() => parseSelection(flags)).toThrow(message)
    try {
      parseSelection(flags)
    } catch (error) {
      expect(error).toBeInstanceOf(RollcallError)
      expect(error).toMatchObject({ code: 'usage', hint: expect.any(String) })
    }
  })
})
