import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { colourless } from '../../../src/cli/output/colours.ts'
import type { Key, NamedKey } from '../../../src/cli/screen/keys.ts'
import { styledWidth } from '../../../src/cli/screen/styled.ts'
import { type Dialog, dialogOf, pressDialog, written } from '../../../src/cli/top/dialog.ts'
import { eventLines } from '../../../src/cli/top/lines.ts'
import { LivePicture } from '../../../src/cli/top/picture.ts'
import { press } from '../../../src/cli/top/press.ts'
import { rowOf, rowsOf } from '../../../src/cli/top/rows.ts'
import { BEGINNING, type State, currentOf, isList, levelOf } from '../../../src/cli/top/state.ts'
import { type ScreenFrame, measure, screenLines } from '../../../src/cli/top/view.ts'
import type { Question } from '../../../src/cli/io.ts'
import type { Size } from '../../../src/cli/screen/terminal.ts'
import { STATUSES } from '../../../src/model/status.ts'
import { NOW, entry, malformed } from '../../reports/entries.ts'

const HOSTILE = '\u001b[2J\u0007\u202e中🚀\u0000\n'
// eslint-disable-next-line no-control-regex -- what must not get through
const RAW = /[\u0000-\u001a\u001c-\u001f\u007f-\u009f\u202e]/

function pictureOf(): LivePicture {
  const picture = new LivePicture()
  for (const [at, status] of STATUSES.entries()) {
    const endpoints = [`grpc://10.0.0.${at}:9000`, `http://${HOSTILE}:80`]
    const instance = {
      name: at % 2 ? 'pay' : `shop${HOSTILE}`,
      id: `${at}${HOSTILE}`,
      endpoints,
      metadata: { [HOSTILE]: 'x'.repeat(2_000) },
    }
    picture.take({ type: 'snapshot', entry: entry(instance, { status }) }, NOW)
  }
  picture.take({ type: 'malformed', malformed: malformed('pay') }, NOW)
  picture.take({ type: 'synced' }, NOW)
  picture.take({ type: 'added', entry: entry({ name: 'pay', id: 'new' }) }, NOW)
  picture.take({ type: 'gap', message: HOSTILE }, NOW)
  return picture
}

const picture = pictureOf()

function frameOf(state: State, size: Size, dialog?: Dialog): ScreenFrame {
  const { view, filter } = currentOf(state)
  const rows = isList(view) ? rowsOf(picture, { view, filter, faults: state.faults }) : []
  const found = view.is === 'instance' ? picture.services.get(view.service)?.entries.get(view.key) : undefined
  return { picture, state, rows, entry: found, dialog, size, where: `etcd://${HOSTILE}`, colours: colourless, now: NOW }
}

/** Where a state is after some keys, and all that was seen on the way. */
function after(keys: readonly Key[], size: Size, seen: (frame: ScreenFrame) => void = () => {}): State {
  let state: State = BEGINNING
  for (const key of keys) {
    const frame = frameOf(state, size)
    seen(frame)
    const subject = frame.entry && rowOf(frame.entry)
    state = press(state, key, { rows: frame.rows, subject, ...measure(frame) }).state
  }
  seen(frameOf(state, size))
  return state
}

const text = (word: string): Key[] => Array.from(word).map((each) => ({ is: 'text', text: each }))
const NAMED: NamedKey[] = [
  'up',
  'down',
  'left',
  'right',
  'home',
  'end',
  'page-up',
  'page-down',
  'enter',
  'escape',
  'backspace',
  'ctrl-c',
  'ctrl-u',
]
const anyKey = fc.oneof(
  fc.constantFrom(...NAMED).map((is): Key => ({ is })),
  fc.constantFrom(...Array.from('qod/fwhejkgG !pay中')).map((each): Key => ({ is: 'text', text: each })),
  fc.constant<Key>({ is: 'paste', text: HOSTILE }),
)
const anySize = fc.record({ columns: fc.integer({ min: 1, max: 220 }), rows: fc.integer({ min: 1, max: 60 }) })

describe('the screen', () => {
  it('takes any keys at any size, is never too wide or too high, and shows nothing raw', () => {
    fc.assert(
      fc.property(fc.array(anyKey, { maxLength: 30 }), anySize, (keys, size) => {
        after(keys, size, (frame) => {
          const lines = screenLines(frame)
          expect(lines.length).toBeLessThanOrEqual(size.rows)
          for (const line of lines) {
            expect(styledWidth(line)).toBeLessThanOrEqual(size.columns)
            expect(line).not.toMatch(RAW)
          }
        })
      }),
      { numRuns: 60 },
    )
  })

  it('shows a dialog in the same way, whatever is pressed and written', () => {
    const question = fc.constantFrom<Question | undefined>(
      undefined,
      { type: 'confirm', message: `Remove ${HOSTILE}?` },
      { type: 'input', message: `Type ${HOSTILE} to go on:` },
    )
    const output = fc.constantFrom('one\n', HOSTILE, '\r\u001b[Kremoved: 1 of 2', 'x'.repeat(300), '\n')
    fc.assert(
      fc.property(
        fc.array(output),
        question,
        fc.array(anyKey, { maxLength: 10 }),
        anySize,
        (texts, asked, keys, size) => {
          let dialog: Dialog = { ...dialogOf(HOSTILE), question: asked }
          for (const each of texts) dialog = written(dialog, each)
          for (const key of keys) {
            const pressed = pressDialog(dialog, key)
            if ('dialog' in pressed) ({ dialog } = pressed)
            const lines = screenLines(frameOf(BEGINNING, size, dialog))
            expect(lines.length).toBeLessThanOrEqual(size.rows)
            for (const line of lines) {
              expect(styledWidth(line)).toBeLessThanOrEqual(size.columns)
              expect(line).not.toMatch(RAW)
            }
          }
        },
      ),
      { numRuns: 60 },
    )
  })

  it.each([
    [40, 12],
    [80, 24],
    [200, 60],
  ])('has the place, the counts and the keys at %i by %i', (columns, rows) => {
    const lines = screenLines(frameOf(BEGINNING, { columns, rows }))
    expect(lines).toHaveLength(rows)
    expect(lines[0]).toContain('rollcall top')
    expect(lines[1]).toContain('2 services, 10 instances')
    expect(lines.slice(-2).join(' ')).toMatch(/Enter open .* q quit/)
    expect(lines[3]).toContain('SERVICE')
  })
})

const size = { columns: 80, rows: 24 }
/** What the last of some keys does. */
const asked = (...keys: readonly Key[]) => {
  const state = after(keys.slice(0, -1), size)
  const frame = frameOf(state, size)
  const key = keys.at(-1) ?? { is: 'up' }
  return press(state, key, { rows: frame.rows, subject: undefined, ...measure(frame) })
}

/** What is seen after some keys. */
const seenAfter = (...keys: readonly Key[]) => screenLines(frameOf(after(keys, size), size)).join('\n')

describe('keys', () => {
  it('go into a service and an instance, and back', () => {
    expect(seenAfter({ is: 'enter' })).toContain('pay · 6')
    const open: Key[] = [{ is: 'end' }, { is: 'enter' }, { is: 'end' }, { is: 'enter' }]
    expect(currentOf(after(open, size)).view.is).toBe('instance')
    expect(seenAfter(...open)).toContain('Endpoints')
    expect(after([...open, { is: 'escape' }, { is: 'backspace' }, { is: 'escape' }], size).levels).toHaveLength(1)
  })

  it('filter by a text and by its absence, and Escape brings back what was there', () => {
    expect(seenAfter(...text('/pay'))).not.toContain('shop')
    expect(seenAfter(...text('/!pay'), { is: 'enter' })).toContain('filter !pay')
    expect(seenAfter(...text('/!pay'), { is: 'enter' })).toContain('shop')
    expect(currentOf(after([...text('/pay'), { is: 'escape' }], size)).filter).toBe('')
    expect(currentOf(after([...text('/pay'), { is: 'enter' }, { is: 'escape' }], size)).filter).toBe('')
    expect(after([...text('/q')], size).typing).toBe('')
  })

  it('show faults alone, hosts, events and every column', () => {
    const well = seenAfter({ is: 'enter' }, ...text('f'))
    expect(well).toContain('faults only')
    expect(well).not.toContain(' up ')
    expect(seenAfter(...text('h'))).toContain('10.0.0.3')
    expect(seenAfter(...text('e'))).toMatch(/\+ added .*pay\/new/)
    expect(seenAfter(...text('ee'))).toContain('SERVICE')
    expect(seenAfter(...text('w'))).not.toContain('SCHEM')
    const moved = seenAfter(...text('w'), { is: 'right' }, { is: 'right' })
    expect(moved).toContain('SCHEM')
    expect(moved).not.toContain('INSTANCES')
  })

  it('ask for a change of the chosen instance, and say why there is none', () => {
    expect(asked(...text('o')).state.message).toContain('choose an instance')
    expect(asked(...text('d')).effect).toMatchObject({ do: 'deregister', row: { is: 'service' } })
    const inside: Key[] = [{ is: 'enter' }]
    expect(asked(...inside, ...text('d')).effect).toMatchObject({ do: 'deregister', row: { is: 'malformed' } })
    expect(asked(...inside, ...text('o')).state.message).toContain('has no status')
    expect(asked(...inside, ...text('jo')).effect).toMatchObject({ do: 'offline', row: { is: 'instance' } })
    expect(asked({ is: 'paste', text: 'd' }).effect).toBeUndefined()
  })

  it('filter events by what is read of them, not by the colours that it has', () => {
    const coloured = { service: undefined, colours: (_: unknown, each: string) => `\u001b[31m${each}\u001b[39m` }
    expect(eventLines(picture, { ...coloured, filter: '31m' })).toEqual([])
    expect(eventLines(picture, { ...coloured, filter: '!added' })).toHaveLength(2)
    expect(eventLines(picture, { ...coloured, filter: 'ADDED' })).toEqual([expect.stringContaining('pay/new')])
  })

  it('scroll back from the end of what a change has written, and answer nothing by that', () => {
    const lines = Array.from({ length: 60 }, (_, at) => `line ${at}`)
    const question = { type: 'confirm', message: 'Remove?' } as const
    let dialog: Dialog = { ...dialogOf('x'), lines, question }
    const seen = () => screenLines(frameOf(BEGINNING, size, dialog)).join('\n')
    expect(seen()).toMatch(/line 59\nRemove\?/)
    for (const is of ['page-up', 'up', 'down', 'page-up'] as const) {
      const pressed = pressDialog(dialog, { is })
      expect(pressed).not.toHaveProperty('answer')
      if ('dialog' in pressed) ({ dialog } = pressed)
    }
    expect(seen()).toMatch(/line 39\nRemove\?/)
  })

  it('answer a question by y alone; a pasted text is no answer', () => {
    const dialog = { ...dialogOf('x'), question: { type: 'confirm', message: 'Remove?' } as const }
    expect(pressDialog(dialog, { is: 'text', text: 'y' })).toMatchObject({ answer: true })
    expect(pressDialog(dialog, { is: 'paste', text: 'y' })).not.toHaveProperty('answer')
    for (const key of [{ is: 'escape' }, { is: 'enter' }, { is: 'ctrl-c' }, { is: 'text', text: 'n' }] as const)
      expect(pressDialog(dialog, key)).toMatchObject({ answer: false })
  })
})

describe('a picture', () => {
  it('keeps the chosen row chosen when others come before it', () => {
    const one = new LivePicture()
    one.take({ type: 'snapshot', entry: entry({ name: 'b', id: '1' }) }, NOW)
    one.take({ type: 'snapshot', entry: entry({ name: 'c', id: '1' }) }, NOW)
    one.take({ type: 'synced' }, NOW)
    const wanted = { view: { is: 'services' }, filter: '', faults: false } as const
    const { state } = press(
      BEGINNING,
      { is: 'down' },
      { rows: rowsOf(one, wanted), lines: 0, page: 5, subject: undefined },
    )
    one.take({ type: 'added', entry: entry({ name: 'a', id: '1' }, { status: 'down' }) }, NOW)
    const rows = rowsOf(one, wanted)
    expect(rows.map(({ key }) => key)).toEqual(['a', 'b', 'c'])
    const lines = screenLines({ ...frameOf(state, { columns: 80, rows: 24 }), picture: one, rows })
    expect(lines.find((line) => line.startsWith('> '))).toContain('c ')
  })

  it('keeps the row chosen that a key was pressed on, also if nobody had moved to it', () => {
    const one = new LivePicture()
    for (const id of ['1', '2'])
      one.take({ type: 'snapshot', entry: entry({ name: 'a', id }, { status: 'expired' }) }, NOW)
    one.take({ type: 'synced' }, NOW)
    const wanted = { view: { is: 'service', service: 'a' }, filter: '', faults: false } as const
    const inside: State = { ...BEGINNING, levels: [levelOf(wanted.view)] }
    const seen = () => ({ rows: rowsOf(one, wanted), lines: 0, page: 5, subject: undefined })
    const offline = press(inside, { is: 'text', text: 'o' }, seen())
    expect(offline.effect).toMatchObject({ do: 'offline', row: { entry: { instance: { id: '1' } } } })
    one.take({ type: 'added', entry: entry({ name: 'a', id: '1' }, { status: 'maintenance' }) }, NOW)
    expect(seen().rows).toMatchObject([{ entry: { instance: { id: '2' } } }, { entry: { instance: { id: '1' } } }])
    expect(press(offline.state, { is: 'text', text: 'd' }, seen()).effect).toMatchObject({
      do: 'deregister',
      row: { entry: { instance: { id: '1' } } },
    })
    const opened = press(offline.state, { is: 'enter' }, seen()).state
    expect(currentOf(opened).view).toMatchObject({ is: 'instance', key: expect.stringContaining('/a/1') })
  })

  it('keeps its squares where there is no room for all columns', () => {
    const one = new LivePicture()
    one.take({ type: 'synced' }, NOW)
    for (const id of ['1', '2', '3', '4', '5', '6', '7', '8', '9', '10'])
      one.take({ type: 'added', entry: entry({ name: 'payments', id, version: 'v1.4.2' }) }, NOW)
    const rows = rowsOf(one, { view: { is: 'services' }, filter: '', faults: false })
    const seen = (columns: number) =>
      screenLines({ ...frameOf(BEGINNING, { columns, rows: 12 }), picture: one, rows }).join('\n')
    expect(seen(80)).toMatch(/STATUS +MALFORMED +CHANGES +VERSIONS/)
    expect(seen(40)).toMatch(/SERVICE +UP +STATUS +CHANGES/)
    expect(seen(40)).toContain('U'.repeat(10))
  })

  it('counts changes of the last minute, and lets go of a service of which nothing is left', () => {
    const one = new LivePicture()
    const gone = entry({ name: 'a', id: '1' })
    one.take({ type: 'synced' }, NOW)
    one.take({ type: 'added', entry: gone }, NOW)
    one.take({ type: 'removed', entry: gone }, NOW + 30_000)
    expect(one.services.size).toBe(0)
    expect([0, 59_000, 61_000, 91_000].map((later) => one.changes.perMinute(NOW + later))).toEqual([2, 2, 1, 0])
    one.take({ type: 'added', entry: entry({ name: '', id: '2' }) }, NOW)
    expect({ rows: one.services.size, services: one.countOfServices }).toEqual({ rows: 1, services: 0 })
  })
})
