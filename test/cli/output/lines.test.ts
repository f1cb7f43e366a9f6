import { describe, expect, it } from 'vitest'
import type { ShownEvent } from '../../../src/cli/output/events.ts'
import { colourless, createColours } from '../../../src/cli/output/colours.ts'
import { eventWriter, EVENT_FORMATS, type EventFormat } from '../../../src/cli/output/event-writer.ts'
import { parseOutput } from '../../../src/cli/output/options.ts'
import { renderError } from '../../../src/cli/output/error-report.ts'
import { renderInstance } from '../../../src/cli/output/instances.ts'
import { summaryLines } from '../../../src/cli/output/summary.ts'
import { RollcallError } from '../../../src/model/errors.ts'
import { instanceItem } from '../../../src/reports/instances.ts'
import { summary } from '../../../src/reports/summary.ts'
import { NOW, entry, malformed } from '../../reports/entries.ts'
import { collected, ioOf } from './collected.ts'

describe('an error', () => {
  const error = new RollcallError('unreachable', 'etcd: no answer\na:2379: refused\u001b[2J', { hint: 'is it up?' })

  it('is the fact with the hint below', () => {
    expect(renderError(error, 'text')).toBe('rollcall: etcd: no answer\n  a:2379: refused\\x1b[2J\n  is it up?\n')
    expect(renderError(new RollcallError('declined', 'nothing was changed'), 'text')).toBe(
      'rollcall: nothing was changed\n',
    )
  })

  it('is one object in json', () => {
    const { code, message, hint } = error
    const expected = { apiVersion: 'rollcall/v1', kind: 'Error', code, message, hint }
    expect(JSON.parse(renderError(error, 'json'))).toEqual(expected)
    expect(renderError(error, 'json').trimEnd()).not.toContain('\n')
  })
})

describe('a summary', () => {
  it('counts instances by status and version, and what could not be read', () => {
    const fold = summary()
    for (const version of ['v2', 'v2', 'v1', '']) fold.add(entry({ version }))
    fold.add(entry({ version: 'v2' }, { status: 'expired' }))
    for (let n = 0; n < 1204; n++) fold.add(malformed())
    expect(summaryLines(fold.result())).toEqual([
      '5 instances, 4 up, 1 expired · v2 ×3, no version ×1, v1 ×1',
      '1,204 records could not be read; see rollcall check-keys',
    ])
  })

  it('names a few versions only, escaped', () => {
    const fold = summary()
    for (const version of ['a\u001b', 'b', 'c', 'd', 'e', 'f', 'g']) fold.add(entry({ version }))
    expect(summaryLines(fold.result())).toEqual([
      '7 instances, 7 up · a\\x1b ×1, b ×1, c ×1, d ×1, e ×1, 2 more versions',
    ])
  })

  it('says so when there is nothing', () => {
    expect(summaryLines(summary().result())).toEqual(['0 instances'])
  })
})

/** The time of day, as it is here. */
const TIME = new Date(NOW).toTimeString().slice(0, 8)

describe('events', () => {
  const before = entry({ version: 'v1', endpoints: ['grpc://h:1'] })
  const after = entry({ version: 'v2', endpoints: ['grpc://h:1'] })
  const changes = [{ field: 'version', from: 'v1', to: 'v2' }]
  const events: ShownEvent[] = [
    { type: 'snapshot', entry: before },
    { type: 'synced', revision: '7' },
    { type: 'updated', entry: after, before, changes, revision: '8' },
    { type: 'updated', entry: after, before, changes: [{ field: 'offlineAt', from: undefined, to: NOW }] },
    { type: 'gap', message: 'revision 3 is gone' },
    { type: 'added', entry: entry({ id: 'x\u001b[2J' }, { status: 'down' }) },
    { type: 'removed', entry: after, revision: '9' },
  ]

  async function written(output: EventFormat, fields?: string) {
    const stdout = collected()
    const writer = await eventWriter(stdout, parseOutput({ output, fields }, EVENT_FORMATS), colourless, () => NOW)
    for (const event of events) await writer.write(event)
    await writer.flushed()
    expect(stdout.writes).toHaveLength(1)
    return stdout.text().split(output === 'yaml' ? /(?<=\n)(?=---\n)/ : /(?<=\n)/)
  }

  it('are a line each, those that come together written at once', async () => {
    expect(await written('table')).toEqual([
      '= snapshot  pay/a-1  up  v1  grpc://h:1\n',
      `# synced    ${TIME}  at revision 7\n`,
      `~ updated   ${TIME}  pay/a-1  version v1 → v2\n`,
      `~ updated   ${TIME}  pay/a-1  offlineAt - → 2026-01-02T03:05:05.000Z\n`,
      `! gap       ${TIME}  revision 3 is gone\n`,
      `+ added     ${TIME}  pay/x\\x1b[2J  down\n`,
      `- removed   ${TIME}  pay/a-1\n`,
    ])
  })

  it('are items in ndjson, and things with a kind in json and yaml', async () => {
    const at = new Date(NOW).toISOString()
    const items = (await written('ndjson')).map((line) => JSON.parse(line))
    expect(items[2]).toEqual({ type: 'updated', at, revision: '8', instance: instanceItem(after), changes })
    expect(items[4]).toEqual({ type: 'gap', at, message: 'revision 3 is gone' })
    const things = (await written('json')).map((line) => JSON.parse(line))
    expect(things).toEqual(items.map((item) => Object.assign({ apiVersion: 'rollcall/v1', kind: 'Event' }, item)))
    expect((await written('yaml'))[1]).toBe(
      `---\napiVersion: rollcall/v1\nkind: Event\ntype: synced\nat: "${at}"\nrevision: "7"\n`,
    )
    expect((await written('ndjson', 'type'))[0]).toBe('{"type":"snapshot"}\n')
  })
})

describe('one instance in full', () => {
  it('shows what is known, a line each', () => {
    const observed = {
      status: 'expired',
      reason: 'silent for 40s',
      registeredAt: NOW - 300_000,
      ttl: { granted: 15, remaining: 9 },
    } as const
    const item = instanceItem(entry({ endpoints: ['grpc://h:1', 'http://h:2'], metadata: { zone: 'a\n' } }, observed), {
      detail: true,
    })
    expect(renderInstance(item, NOW, colourless)).toBe(
      [
        'pay/a-1',
        'Status      expired (silent for 40s)',
        'Endpoints   grpc://h:1',
        '            http://h:2',
        'Metadata    zone=a\\n',
        'Registered  2026-01-02T03:00:05.000Z (5m ago)',
        'TTL left    9s of 15s',
        'Lease       1f',
        'Layout      kratos',
        'Records     /microservices/pay/a-1',
        '',
      ].join('\n'),
    )
  })
})

describe('colours', () => {
  it.each([
    ['auto', 80, {}, true],
    ['auto', undefined, {}, false],
    ['auto', 80, { NO_COLOR: '1' }, false],
    ['auto', 80, { NO_COLOR: '' }, true],
    ['auto', 80, { TERM: 'dumb' }, false],
    ['auto', undefined, { FORCE_COLOR: '1' }, true],
    ['auto', undefined, { FORCE_COLOR: '1', NO_COLOR: '1' }, true],
    ['auto', 80, { FORCE_COLOR: '0' }, false],
    ['always', undefined, { NO_COLOR: '1', TERM: 'dumb' }, true],
    ['never', 80, { FORCE_COLOR: '3' }, false],
  ])('--color %s with %s columns and %j: %s', async (flag, columns, env, coloured) => {
    const colours = await createColours(ioOf(collected(columns), env), flag)
    expect(colours('bad', 'down') !== 'down').toBe(coloured)
  })
})
