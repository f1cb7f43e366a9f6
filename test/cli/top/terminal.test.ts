import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { describeAtTerminal } from '../at-terminal.ts'
import type { Started } from '../bin.ts'

const [ENTERED, LEFT] = ['\u001b[?1049h', '\u001b[?1049l']
const FRAME = '\u001b[?2026h'
const PATIENCE = { timeout: 20_000 }

const shown = async (running: Started) => await expect.poll(() => running.stdout, PATIENCE).toContain('17 instances, ')

describeAtTerminal('top at a real terminal', (terminal) => {
  const at = (words = '', env = {}) =>
    terminal.shell(`script -qec "stty cols 80 rows 24; echo \\$\\$ > pid; exec $ROLLCALL top ${words}" /dev/null`, env)
  const pid = async () => Number(await readFile(join(terminal.demo.folder, 'pid'), 'utf8'))

  it('takes every key, and gives the terminal back by q', async () => {
    const running = at()
    await shown(running)
    const press = async (keys: string, text: string | RegExp) => {
      const before = running.stdout.length
      running.type(keys)
      await expect.poll(() => running.stdout.slice(before), PATIENCE).toMatch(text)
    }
    await press('j', '> ')
    await press('\u001b[B', '> ')
    await press('\u001b[A', '> ')
    await press('G', '> sre')
    await press('\u001b[H', '> mailer')
    await press('h', '10.1.4.11')
    await press('h', 'payments')
    await press('f', 'faults only')
    await press('f', 'sre')
    await press('w', 'VERSIONS')
    await press('\u001b[C\u001b[C\u001b[C', 'LAYOUTS')
    await press('w', 'INSTANCES')
    await press('/pay', '/pay')
    await press('\r', 'filter pay')
    await press('\r', 'payments-1')
    await press('e', 'events of payments')
    await press('\u001b', '10.1.4.11')
    await press('\r', 'Endpoints')
    await press('o', 'unsupported')
    await press('\r', 'Endpoints')
    await press('d', 'Remove this instance?')
    await press('n', 'nothing was changed')
    await press('\r', 'Endpoints')
    await press('d', 'Remove this instance?')
    await press('y', 'Enter go back')
    await press('\r', 'Esc back')
    await press('\u007f', 'payments-2')
    await press('\u000c', 'rollcall top')
    running.type('q')
    const { status, stdout } = await running.ended
    expect(status).toBe(0)
    expect(stdout.trimEnd().endsWith(LEFT)).toBe(true)
    expect((await terminal.demo.json('ls payments')).items).toHaveLength(2)
  })

  it.each([
    ['SIGTERM', 143],
    ['SIGINT', 130],
    ['SIGHUP', 143],
  ] as const)('gives the terminal back on %s', async (signal, wanted) => {
    const running = at()
    await shown(running)
    process.kill(await pid(), signal)
    const { status, stdout } = await running.ended
    expect(status).toBe(wanted)
    expect(stdout.lastIndexOf(LEFT)).toBeGreaterThan(stdout.lastIndexOf('17 instances'))
  })

  it('ends with 130 by Ctrl-C', async () => {
    const running = at()
    await shown(running)
    running.type('\u0003')
    expect((await running.ended).status).toBe(130)
  })

  it('gives the terminal back before it says why it crashed', async () => {
    const crash = join(terminal.demo.folder, 'crash.cjs')
    await writeFile(crash, "process.on('SIGUSR2', () => { throw new Error('crashed here') })\n")
    const running = at('', { NODE_OPTIONS: `--require ${crash}` })
    await shown(running)
    process.kill(await pid(), 'SIGUSR2')
    const { status, stdout } = await running.ended
    expect(status).toBe(70)
    expect(stdout.indexOf('crashed here')).toBeGreaterThan(stdout.indexOf(LEFT))
  })

  it('is suspended by Ctrl-Z as a shell suspends, and drawn again when it goes on', async () => {
    const running = terminal.shell('script -qec "bash --norc --noprofile -i" /dev/null')
    const sees = async (text: string | RegExp, from: number) =>
      await expect.poll(() => running.stdout.slice(from), PATIENCE).toMatch(text)
    await sees('bash-', 0)
    running.type('stty cols 80 rows 24; $ROLLCALL top\r')
    await sees('17 instances, ', 0)
    let before = running.stdout.length
    running.type('\u001a')
    await sees('Stopped', before)
    expect(running.stdout.slice(before).indexOf(LEFT)).toBeLessThan(running.stdout.slice(before).indexOf('Stopped'))
    // By then the clock at the top is to be drawn again.
    const stopped = Date.now()
    await expect.poll(() => Date.now() - stopped, PATIENCE).toBeGreaterThan(1_500)
    before = running.stdout.length
    running.type('fg\r')
    await sees('17 instances, ', before)
    const [onTheShell = '', onItsOwn] = running.stdout.slice(before).split(ENTERED)
    expect(onTheShell).not.toContain(FRAME)
    expect(onItsOwn).toContain(FRAME)
    before = running.stdout.length
    running.type('q')
    await expect.poll(() => running.stdout.slice(before), PATIENCE).toContain(LEFT)
    running.type('exit\r')
    expect((await running.ended).status).toBe(0)
  })

  it.each([
    [{ TERM: 'dumb' }, 2],
    [{ NO_COLOR: '1' }, 0],
    [{ LANG: 'zh_CN.UTF-8', LC_ALL: 'zh_CN.UTF-8' }, 0],
  ])('is refused or works with %o', async (env, wanted) => {
    const running = at('', env)
    if (wanted === 0) {
      await shown(running)
      running.type('q')
    }
    const { status, stdout } = await running.ended
    expect(status).toBe(wanted)
    expect(stdout.includes(ENTERED)).toBe(wanted === 0)
  })
})
