import { expect, it } from 'vitest'
import { describeAtTerminal } from './at-terminal.ts'

describeAtTerminal('at a terminal', (terminal) => {
  const at = (line: string, columns = 80) =>
    terminal.shell(`script -qec "stty cols ${columns} && $ROLLCALL ${line}" /dev/null`)
  const left = async () => (await terminal.demo.json('ls payments')).items.length

  it('shows whole tables where the terminal does not say how wide it is', async () => {
    const { status, stdout } = await at('ls payments', 0).ended
    expect([status, stdout]).toEqual([0, expect.stringContaining('payments-1')])
  })

  it('changes nothing on Ctrl-C at the prompt', async () => {
    const asking = at('deregister payments --all --force')
    await expect.poll(() => asking.stdout, { timeout: 10_000 }).toContain('Remove these 3 instances?')
    asking.type('\u0003')
    const { status, stdout } = await asking.ended
    expect(status).toBe(130)
    expect(stdout).toContain('nothing was changed')
    expect(await left()).toBe(3)
  })

  it('takes no when nothing is typed, and yes when it is', async () => {
    const no = at('deregister payments --all --force')
    await expect.poll(() => no.stdout, { timeout: 10_000 }).toContain('(y/N)')
    no.type('\r')
    expect((await no.ended).status).toBe(1)
    expect(await left()).toBe(3)
    const yes = at('deregister payments/payments-1 payments/payments-2 --force')
    await expect.poll(() => yes.stdout, { timeout: 10_000 }).toContain('(y/N)')
    yes.type('y\r')
    expect((await yes.ended).status).toBe(0)
    expect(await left()).toBe(1)
  })

  it('asks on the terminal what a pipe has named', async () => {
    const piped = () =>
      terminal.shell(`script -qec "$ROLLCALL ls payments -o name | $ROLLCALL deregister - --force" /dev/null`)
    const no = piped()
    await expect.poll(() => no.stdout, { timeout: 10_000 }).toContain('(y/N)')
    no.type('\r')
    expect((await no.ended).status).toBe(1)
    expect(await left()).toBe(3)
    const interrupted = piped()
    await expect.poll(() => interrupted.stdout, { timeout: 10_000 }).toContain('(y/N)')
    interrupted.type('\u0003')
    expect((await interrupted.ended).status).toBe(130)
    expect(await left()).toBe(3)
    const yes = piped()
    await expect.poll(() => yes.stdout, { timeout: 10_000 }).toContain('(y/N)')
    yes.type('y\r')
    expect((await yes.ended).status).toBe(0)
    expect((await terminal.demo.run('ls payments')).status).toBe(1)
  })

  it('asks nobody where standard input is nothing, or there is no terminal', async () => {
    for (const line of [
      `script -qec "$ROLLCALL deregister payments --all --force < /dev/null" /dev/null`,
      `$ROLLCALL ls payments -o name | setsid -w $ROLLCALL deregister - --force`,
    ]) {
      const { status, stdout, stderr } = await terminal.shell(line).ended
      expect(status).toBe(2)
      expect(stdout + stderr).toContain('there is no terminal to ask on')
    }
    expect(await left()).toBe(3)
  })

  it('deregisters what it keeps alive when the terminal is closed', async () => {
    const keeping = at('register hung --id h-1 -e grpc://10.0.0.1:9000 --ttl 1h --keep-alive')
    await expect.poll(() => keeping.stdout, { timeout: 10_000 }).toContain('kept alive')
    // It held the terminal: with it the terminal goes, and the kernel sends SIGHUP to all who had it.
    await keeping.stop('SIGKILL')
    await expect.poll(async () => (await terminal.demo.run('get hung/h-1')).status, { timeout: 20_000 }).toBe(1)
  })

  it('gives up a question when the time for the whole command is up', async () => {
    const asking = at('deregister payments --all --force --timeout 2s')
    const { status, stdout } = await asking.ended
    expect(status).toBe(124)
    expect(stdout).toContain('not done within 2s')
    expect(await left()).toBe(3)
  })

  it('keeps a list current that fits the screen, and gives the terminal back by q', async () => {
    const watching = at('ls --all -w --color never', 40)
    await expect.poll(() => watching.stdout, { timeout: 20_000 }).toContain('q quits')
    await expect.poll(() => watching.stdout, { timeout: 20_000 }).toContain('17 instances, ')
    await terminal.demo.run('deregister payments/payments-3')
    await expect.poll(() => watching.stdout, { timeout: 20_000 }).toContain('16 instances, ')
    watching.type('q')
    const { status, stdout } = await watching.ended
    expect(status).toBe(0)
    expect(stdout.trimEnd().endsWith('\u001b[?1049l')).toBe(true)
  })
})
