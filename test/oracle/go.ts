import { execFile, execFileSync, spawn } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'

const run = promisify(execFile)

/** What the program in test/oracle/go-json answers. */
export interface GoAnswer {
  readonly verdict: 'ok' | 'null' | 'syntax' | 'type' | 'refused'
  readonly error?: string
  readonly fields?: Readonly<Record<string, GoField>>
  /** Base64. */
  readonly encoded?: string
}

/** A field of a struct, as JSON. */
export type GoField = string | number | null | readonly string[] | Readonly<Record<string, string>>

export interface GoQuestion {
  readonly kind: 'kratos' | 'aio' | 'url'
  readonly doc: Uint8Array
}

/** The oracle speaks as Go 1.26 does; an older Go reads URLs less strictly. */
const NEEDED = 26

export const goIsHere = hasGo()

/** Time limit of a test against Go, in milliseconds: a machine that has never built a Go program compiles Go's own library first. */
export const GO_PATIENCE = 600_000

/** Why the tests against Go do not run; they must where all servers and tools are required. */
export const skipsGo = !goIsHere && process.env['ROLLCALL_TEST_REQUIRE'] !== 'all'
if (skipsGo) process.stderr.write(`SKIPPED: no go 1.${NEEDED} on PATH, so nothing is compared with Go itself\n`)

function hasGo(): boolean {
  try {
    const version = execFileSync('go', ['env', 'GOVERSION'], { encoding: 'utf8' })
    return Number(/^go1\.(\d+)/.exec(version)?.[1]) >= NEEDED
  } catch {
    return false
  }
}

/** Asks Go itself, all questions in one run of one program. */
export async function askGo(questions: readonly GoQuestion[]): Promise<GoAnswer[]> {
  const folder = await mkdtemp(join(tmpdir(), 'rollcall-oracle-'))
  try {
    const program = join(folder, 'oracle')
    await run('go', ['build', '-o', program, '.'], { cwd: fileURLToPath(new URL('go-json', import.meta.url)) })
    const child = spawn(program, { stdio: ['pipe', 'pipe', 'inherit'] })
    child.stdin.end(questions.map(({ kind, doc }) => `${JSON.stringify({ kind, doc: toBase64(doc) })}\n`).join(''))
    const lines = (await text(child.stdout)).trimEnd().split('\n')
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the program beside this file writes just that
    return lines.map((line) => JSON.parse(line) as GoAnswer)
  } finally {
    await rm(folder, { recursive: true })
  }
}

function toBase64(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('base64')
}
