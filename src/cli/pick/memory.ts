import { createHash } from 'node:crypto'
import { open, readFile, rm, stat } from 'node:fs/promises'
import { homedir } from 'node:os'
import { dirname, isAbsolute, join } from 'node:path'
import type { Memory } from '../../balance/strategy.ts'
import { makeFolder } from '../../config/make-folder.ts'
import { codeOf } from '../../config/system-error.ts'
import { writeAtomically } from '../../config/write-file.ts'
import { RollcallError } from '../../model/errors.ts'
import type { Context } from '../context.ts'
import { pause } from '../pause.ts'

/** Milliseconds after which a lock was left behind by a process that was killed: it is held for a few. */
const ABANDONED = 5000
const AGAIN = 10

/** `$XDG_STATE_HOME/rollcall/picks/`, a file for each question that is asked: what takes turns in one has its own turn. */
export function memoryPath({ XDG_STATE_HOME, HOME }: Context['io']['env'], question: readonly unknown[]): string {
  const folder = XDG_STATE_HOME && isAbsolute(XDG_STATE_HOME) ? XDG_STATE_HOME : join(HOME || homedir(), '.local/state')
  const name = createHash('sha256').update(JSON.stringify(question)).digest('hex').slice(0, 32)
  return join(folder, 'rollcall', 'picks', `${name}.json`)
}

/**
 * Lets a choice read and change what is remembered, one process at a time: of many that choose at once, each has a turn of
 * its own. A file that cannot be read as one of ours is begun anew.
 *
 * @throws RollcallError `config` where nothing can be kept.
 */
export async function remembering<T>(path: string, signal: AbortSignal, choose: (memory: Memory) => T): Promise<T> {
  const held = `${path}.lock`
  await lock(held, signal)
  try {
    const memory = await read(path)
    const chosen = choose(memory)
    await writeAtomically(path, `${JSON.stringify(memory)}\n`)
    return chosen
  } finally {
    await rm(held, { force: true })
  }
}

async function lock(path: string, signal: AbortSignal): Promise<void> {
  for (;;) {
    try {
      await makeFolder(dirname(path))
      const file = await open(path, 'wx', 0o600)
      return await file.close()
    } catch (error) {
      if (codeOf(error) !== 'EEXIST') {
        throw new RollcallError('config', `${path} cannot be written: ${codeOf(error)}`, { cause: error })
      }
    }
    if (await isAbandoned(path)) await rm(path, { force: true })
    else await pause(AGAIN, signal)
  }
}

async function isAbandoned(path: string): Promise<boolean> {
  const found = await stat(path).catch(() => undefined)
  return found !== undefined && Date.now() - found.mtimeMs > ABANDONED
}

async function read(path: string): Promise<Memory> {
  try {
    return memoryOf(JSON.parse(await readFile(path, 'utf8')))
  } catch {
    return {}
  }
}

function memoryOf(parsed: unknown): Memory {
  if (typeof parsed !== 'object' || parsed === null) return {}
  const memory: Memory = {}
  if ('last' in parsed && typeof parsed.last === 'string') memory.last = parsed.last
  if ('credits' in parsed && isCredits(parsed.credits)) memory.credits = parsed.credits
  return memory
}

function isCredits(value: unknown): value is NonNullable<Memory['credits']> {
  return Array.isArray(value) && value.every(isPair)
}

function isPair(pair: unknown): boolean {
  return Array.isArray(pair) && typeof pair[0] === 'string' && Number.isFinite(pair[1])
}
