import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Memory } from '../../balance/strategy.ts'
import { stateFolder } from '../../config/user-folders.ts'
import { changeFile } from '../../config/write-file.ts'
import type { Context } from '../command.ts'

/** `$XDG_STATE_HOME/rollcall/picks/`, a file for each question that is asked: what takes turns in one has its own turn. */
export function memoryPath(env: Context['io']['env'], question: readonly unknown[]): string {
  const name = createHash('sha256').update(JSON.stringify(question)).digest('hex').slice(0, 32)
  return join(stateFolder(env), 'picks', `${name}.json`)
}

/**
 * Lets a choice read and change what is remembered, one process at a time: of many that choose at once, each has a turn of
 * its own. A file that cannot be read as one of ours is begun anew.
 *
 * @throws RollcallError `config` where nothing can be kept, `conflict` where another process holds the file for too long.
 */
export async function remembering<T>(path: string, choose: (memory: Memory) => T): Promise<T> {
  let chosen: { readonly value: T } | undefined
  await changeFile(path, async () => {
    const memory = await read(path)
    chosen = { value: choose(memory) }
    return `${JSON.stringify(memory)}\n`
  })
  if (!chosen) throw new TypeError(`${path} was changed without a choice`)
  return chosen.value
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
