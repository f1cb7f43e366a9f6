import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { RollcallError } from '../../../src/model/errors.ts'
import { Demo } from '../demo.ts'
import type { RunOptions } from '../run.ts'
import { Grid } from '../screen/grid.ts'

let demo: Demo
let grid: Grid
beforeEach(async () => {
  demo = await Demo.open()
  grid = new Grid(100, 30)
})
afterEach(() => demo[Symbol.asyncDispose]())

const begin = async (words = 'top', options: RunOptions = {}) => {
  const running = demo.start(words, { screen: grid, terminal: true, env: { NO_COLOR: '1' }, ...options })
  const sees = async (text: string | RegExp) => await expect.poll(() => grid.text, { timeout: 20_000 }).toMatch(text)
  await sees(/^\d+ services?, \d+ instances/m)
  const press = async (keys: string, text: string | RegExp) => {
    grid.type(keys)
    await sees(text)
  }
  return { running, sees, press }
}

const ENTER = '\r'
const UP_IN_PAYMENTS = 'payments · 3'
const ESCAPE = '\u001b'

describe('top', () => {
  it('shows the registry as it is and as it becomes, and ends with 0 by q', async () => {
    const { running, sees, press } = await begin()
    expect(grid.text).toMatch(/^ {2}payments +3 +3 +UUU/m)
    await demo.run('deregister payments/payments-2')
    await sees(/payments +2 +2 +UU/)
    await sees('1 change/min')
    await press('/payments', /\/payments/)
    expect(grid.text).not.toContain('mailer')
    await press(ENTER, 'filter payments')
    await press(ENTER, 'payments · 2')
    await press(ENTER, 'grpc://10.1.4.11:9000')
    grid.type('q')
    expect(await running.ended).toMatchObject({ status: 0, stderr: '' })
    expect(grid.isTaken).toBe(false)
  })

  it('deregisters what is chosen after a question, and undo brings it back', async () => {
    const { running, press, sees } = await begin('top payments', {})
    await press(ENTER, UP_IN_PAYMENTS)
    await press('d', 'Remove this instance?')
    await press('n', 'Enter go back')
    expect(grid.text).toContain('nothing was changed')
    expect((await demo.json('ls payments')).items).toHaveLength(3)
    grid.type(ENTER)
    await press('d', 'Remove this instance?')
    await press('y', 'Enter go back')
    expect(grid.text).toMatch(/backup:[^]*done +payments +payments-1/)
    expect((await demo.json('ls payments')).items).toHaveLength(2)
    await press(ENTER, 'payments · 2')
    expect((await demo.run('undo --yes')).status).toBe(0)
    await sees(UP_IN_PAYMENTS)
    grid.type('q')
    expect(await running.ended).toMatchObject({ status: 0 })
  })

  it('refuses to remove a whole service, as the guard of the command does', async () => {
    const { running, press } = await begin('top payments')
    await press('d', 'Enter go back')
    expect(grid.text).toContain('--force overrides this guard')
    expect(grid.text).toContain('the whole plan is refused')
    expect((await demo.json('ls payments')).items).toHaveLength(3)
    grid.type(ENTER, 'q')
    expect((await running.ended).status).toBe(0)
  })

  it('takes an instance offline after a question', async () => {
    const { running, press, sees } = await begin('top mailer')
    await press(ENTER, 'mailer · 3')
    await press('\u001b[F', /> mailer-4f0c2a7be19d3356/)
    await press('o', 'Take 1 instance offline?')
    await press('y', 'Enter go back')
    expect(grid.text).toContain('the next renewal by its owner puts it back into traffic')
    await press(ENTER, /> mailer-4f0c2a7be19d3356 +down/)
    grid.type('q')
    expect((await running.ended).status).toBe(0)
    await sees('mailer')
  })

  it('says at once where a record holds no status that could be changed', async () => {
    const { running, press } = await begin('top payments')
    await press(ENTER, UP_IN_PAYMENTS)
    await press('o', 'Enter go back')
    expect(grid.text).toMatch(/unsupported +payments +payments-1/)
    grid.type(ENTER, 'q')
    expect((await running.ended).status).toBe(0)
  })

  it('removes a malformed record by its key', async () => {
    const { running, press } = await begin('top users')
    await press(ENTER, 'users · 4')
    await press('d', 'Remove this instance?')
    await press('y', 'Enter go back')
    await press(ENTER, 'users · 3')
    grid.type('q')
    expect((await running.ended).status).toBe(0)
  })

  it('changes nothing in a read-only context', async () => {
    await mkdir(join(demo.folder, 'rollcall'), { recursive: true })
    const registry = demo.env['ROLLCALL_REGISTRY']
    await writeFile(
      join(demo.folder, 'rollcall', 'config.yaml'),
      `contexts:\n  prod:\n    registry: ${registry}\n    readOnly: true\n`,
    )
    const { running, press } = await begin('top payments -c prod', {
      env: { NO_COLOR: '1', ROLLCALL_REGISTRY: undefined },
    })
    await press(ENTER, UP_IN_PAYMENTS)
    for (const key of ['d', 'o']) {
      await press(key, 'Enter go back')
      expect(grid.text).toContain('context prod is read-only')
      await press(ENTER, /^> payments-1/m)
    }
    grid.type('q')
    expect((await running.ended).status).toBe(0)
  })

  it('wants the name of the context typed where that says so', async () => {
    await mkdir(join(demo.folder, 'rollcall'), { recursive: true })
    const registry = demo.env['ROLLCALL_REGISTRY']
    await writeFile(
      join(demo.folder, 'rollcall', 'config.yaml'),
      `contexts:\n  prod:\n    registry: ${registry}\n    confirm: name\n`,
    )
    const { running, press } = await begin('top payments -c prod', {
      env: { NO_COLOR: '1', ROLLCALL_REGISTRY: undefined },
    })
    await press(ENTER, UP_IN_PAYMENTS)
    await press('d', 'Type prod to go on:')
    await press('y\r', 'Enter go back')
    expect(grid.text).toContain('nothing was changed')
    grid.type(ENTER)
    await press('d', 'Type prod to go on:')
    await press('prod\r', 'Enter go back')
    grid.type(ENTER, 'q')
    expect((await running.ended).status).toBe(0)
  })

  it('follows the size of the terminal', async () => {
    const { running, sees } = await begin()
    for (const [columns, rows] of [
      [40, 12],
      [1, 1],
      [200, 60],
    ] as const) {
      grid.resize(columns, rows)
      expect(grid.text.split('\n')).toHaveLength(rows)
    }
    await sees('MALFORMED')
    grid.type('q')
    expect((await running.ended).status).toBe(0)
  })

  it('is given back its terminal, and has the status of any command, when it is interrupted', async () => {
    const stop = new AbortController()
    const { running } = await begin('top', { signal: stop.signal })
    grid.type('\u0003')
    await expect.poll(() => grid.interrupted).toBe(1)
    stop.abort(new RollcallError('interrupted', 'interrupted'))
    expect(await running.ended).toMatchObject({ status: 130 })
    expect(grid.isTaken).toBe(false)
  })

  it('names what works without a terminal', async () => {
    const { status, stdout, stderr } = await demo.run('top')
    expect([status, stdout]).toEqual([2, ''])
    expect(stderr).toContain('rollcall ls -w')
    expect(stderr).toContain('rollcall watch')
    expect((await demo.run('top -o json', { screen: grid })).status).toBe(2)
  })

  it('says why it ends where there is no registry', async () => {
    const { status, stderr } = await demo.run('top -r etcd://127.0.0.1:1 --request-timeout 300ms --timeout 5s', {
      screen: grid,
    })
    expect([3, 124]).toContain(status)
    expect(stderr).not.toBe('')
    expect(grid.isTaken).toBe(false)
  })

  it('goes back by Escape alone', async () => {
    const { running, press } = await begin('top payments')
    await press(ENTER, UP_IN_PAYMENTS)
    await press(ESCAPE, 'services · 1')
    grid.type('q')
    expect((await running.ended).status).toBe(0)
  })
})
