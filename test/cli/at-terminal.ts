import { existsSync } from 'node:fs'
import { afterAll, afterEach, beforeAll, beforeEach, describe } from 'vitest'
import { Bin, type Started } from './bin.ts'
import { Demo } from './demo.ts'

/** util-linux' script gives a command a terminal; the one of macOS takes other words. */
const hasScript = process.platform === 'linux' && existsSync('/usr/bin/script')

/** What tests at a real terminal have. */
export interface AtTerminal {
  /** Anew for each test. */
  readonly demo: Demo
  /** A line of a shell in the folder of the demo, whose `script` gives what it runs a terminal. */
  shell(line: string, env?: Readonly<Record<string, string>>): Started
}

/** A suite of the built program at a real terminal, which is skipped aloud where none can be had. */
export function describeAtTerminal(name: string, tests: (terminal: AtTerminal) => void): void {
  if (!hasScript) process.stderr.write(`SKIPPED ${name}: there is no script of util-linux\n`)
  describe.runIf(hasScript)(name, () => {
    let bin: Bin
    let demo: Demo
    beforeAll(async () => {
      bin = await Bin.build()
    })
    afterAll(() => bin[Symbol.asyncDispose]())
    beforeEach(async () => {
      demo = await Demo.open()
    })
    afterEach(() => demo[Symbol.asyncDispose]())
    tests({
      get demo() {
        return demo
      },
      shell: (line, env = {}) => bin.shell(line, { env: { ...demo.env, TERM: 'xterm', ...env }, cwd: demo.folder }),
    })
  })
}
