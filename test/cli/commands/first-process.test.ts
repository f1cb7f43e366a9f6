import { execFileSync } from 'node:child_process'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { Bin, type Started } from '../bin.ts'
import { run } from '../run.ts'

const PATIENT = { timeout: 20_000, interval: 20 }
/** What follows is process 1 of the processes that it sees. */
const FIRST = 'unshare --user --map-root-user --pid --fork --mount-proc'

const mayBeFirst = (() => {
  try {
    execFileSync('sh', ['-c', `${FIRST} true`], { stdio: 'ignore' })
    return true
  } catch {
    return false
  }
})()
const canLeave = 'execve' in process

/** Leaves a process behind, which ends; writes what it reads and the signals it gets, and ends with 7 once a file is there. */
const PROGRAM = `
trap 'echo TERM >> got' TERM
trap 'echo USR2 >> got' USR2
(sh -c 'echo $$ > orphan' &)
until [ -s orphan ]; do sleep 0.02; done
cat > input
touch started
until [ -e go ]; do sleep 0.02; [ -e reaped ] || [ -e /proc/$(cat orphan) ] || touch reaped; done
exit 7`

let bin: Bin
let folder: string
beforeAll(async () => {
  bin = await Bin.build()
})
afterAll(() => bin[Symbol.asyncDispose]())
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'rollcall-first-'))
})
afterEach(() => rm(folder, { recursive: true }))

const isThere = (name: string) =>
  expect.poll(() => readFile(join(folder, name)).then(String, () => undefined), PATIENT).toBeDefined()
const put = (name: string) => writeFile(join(folder, name), '')
const read = (name: string) => readFile(join(folder, name), 'utf8').catch(() => '')
const registered = async () => (await run('get web/w1 -r file:r.db', { cwd: folder })).status === 0
const says = (running: Started, text: string) => expect.poll(() => running.stderr, PATIENT).toContain(text)

const start = (line: string) => bin.shell(`exec ${FIRST} ${line}`, { cwd: folder, env: { PROGRAM } })
/** As a container's runtime does: to its process 1. */
const send = async ({ child }: Started, signal: NodeJS.Signals) =>
  process.kill(Number(await readFile(`/proc/${child.pid}/task/${child.pid}/children`, 'utf8')), signal)

const isRefused = mayBeFirst ? '' : ': this machine refuses user namespaces'

describe.skipIf(!mayBeFirst)(`as the first process of a container${isRefused}`, () => {
  it.skipIf(!canLeave)('collects what the command leaves behind, passes signals on and keeps the status', async () => {
    const running = start('$ROLLCALL run web --id w1 -e http://10.0.0.1:80 -r file:r.db --grace 0s -- sh -c "$PROGRAM"')
    running.type('typed')
    running.child.stdin?.end()
    await isThere('reaped')
    await says(running, 'web/w1: registered')
    expect(await registered()).toBe(true)
    expect(await read('input')).toBe('typed')
    await send(running, 'SIGUSR2')
    await expect.poll(() => read('got'), PATIENT).toBe('USR2\n')
    await send(running, 'SIGTERM')
    await expect.poll(() => read('got'), PATIENT).toBe('USR2\nTERM\n')
    expect(await registered()).toBe(false)
    await put('go')
    expect(await running.ended).toMatchObject({ status: 7, stdout: '', stderr: expect.not.stringContaining('--init') })
  })

  it.skipIf(!canLeave)('does so for the command of a watch, too', async () => {
    await run('register web --id w1 -e http://10.0.0.1:80 --ttl 1h -r file:r.db', { cwd: folder })
    const running = start('$ROLLCALL watch -r file:r.db -- sh -c "$PROGRAM"')
    await isThere('reaped')
    await send(running, 'SIGTERM')
    await put('go')
    expect(await running.ended).toMatchObject({ status: 143, stdout: '' })
  })

  it.skipIf(canLeave)('says what to do where this Node cannot leave that place', async () => {
    const line = '$ROLLCALL run web --id w1 -e http://10.0.0.1:80 -r file:r.db -- sh -c "exit 7"'
    expect(await start(line).ended).toMatchObject({
      status: 7,
      stderr: expect.stringMatching(/^Node [\d.]+ cannot give up process 1, .* docker run --init$/m),
    })
  })
})
