import { afterEach, beforeEach, expect, it } from 'vitest'
import { Demo } from '../demo.ts'
import { Grid } from '../screen/grid.ts'

let demo: Demo
beforeEach(async () => {
  demo = await Demo.open()
})
afterEach(() => demo[Symbol.asyncDispose]())

const keep = (line: string, screen: Grid) => demo.start(line, { screen, terminal: true, env: { NO_COLOR: '1' } })
const sees = async (grid: Grid, text: string | RegExp) =>
  await expect.poll(() => grid.text, { timeout: 20_000 }).toMatch(text)

it('ls -w fits the screen: header, the sick first, what is left out, summary and time', async () => {
  const grid = new Grid(60, 9)
  const running = keep('ls --all -w', grid)
  await sees(grid, /^mailer/m)
  const rows = grid.text.split('\n')
  expect(rows).toHaveLength(9)
  expect(rows[0]).toMatch(/^SERVICE +ID +STATUS/)
  expect(rows[1]).toMatch(/^mailer .* down/)
  expect(rows[2]).toMatch(/^mailer .* expired/)
  expect(rows[5]).toBe('… 13 more, all up')
  expect(rows[6]).toMatch(/^17 instances, 15 up/)
  expect(rows[7]).toBe('4 records could not be read; see rollcall check-keys')
  expect(rows[8]).toMatch(/^\d\d:\d\d:\d\d {2}q quits$/)
  await demo.run('deregister payments/payments-1')
  await sees(grid, '16 instances')
  grid.type('q')
  expect(await running.ended).toMatchObject({ status: 0, stdout: '' })
  expect(grid.isTaken).toBe(false)
})

it('ls -w follows the size of the terminal, and says how many that are not seen are not well', async () => {
  const grid = new Grid(80, 24)
  const running = keep('ls mailer -w', grid)
  await sees(grid, 'mailer-')
  grid.resize(30, 5)
  expect(grid.text).toContain('… 2 more, 1 not well')
  for (const [columns, rows] of [
    [1, 1],
    [200, 60],
  ] as const) {
    grid.resize(columns, rows)
    expect(grid.text.split('\n')).toHaveLength(rows)
  }
  grid.type('q')
  expect((await running.ended).status).toBe(0)
})

it.each([
  ['ls -w', 'SERVICE'],
  ['ls --hosts -w', 'HOST'],
  ['ls -w --sort-by -instances --limit 2', 'SERVICE'],
  ['ls payments -w -o wide', 'METADATA|LEASE'],
])('%s is kept current too', async (line, header) => {
  const grid = new Grid(120, 40)
  const running = keep(line, grid)
  await sees(grid, new RegExp(header))
  if (line.includes('--limit')) expect(grid.text).not.toContain('users')
  grid.type('q')
  expect((await running.ended).status).toBe(0)
})

it('ls -w -o json writes documents, whatever the terminal', async () => {
  const grid = new Grid(80, 24)
  const running = demo.start('ls payments -w -o json --timeout 1s', { screen: grid, terminal: true })
  const { status, stdout } = await running.ended
  expect(status).toBe(124)
  expect(stdout).toContain('"InstanceList"')
  expect(grid.frames).toEqual([])
})
