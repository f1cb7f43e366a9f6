import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFile, readdir, rm, writeFile } from 'node:fs/promises'
import { hostname } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { changeFile } from '../../src/config/write-file.ts'
import { rounds } from '../rounds.ts'
import { createPlace, type Place, refusal, said } from './place.ts'

let place: Place
let file: string
beforeEach(async () => {
  place = await createPlace()
  file = await place.file('list.txt', '')
})
afterEach(() => place[Symbol.asyncDispose]())

const append = (line: string) => changeFile(file, async () => `${await readFile(file, 'utf8')}${line}\n`)
const ticketOf = (pid: number, host = hostname()) => `${file}.lock.${pid}.0.${encodeURIComponent(host)}`

/** The number of a process that has ended. */
async function deadProcess(): Promise<number> {
  const child = spawn(process.execPath, ['--version'], { stdio: 'ignore' })
  await once(child, 'exit')
  return child.pid ?? 0
}

describe('changing a file', () => {
  it('keeps every change of many at the same time, and leaves nothing beside it', async () => {
    const all = Array.from({ length: rounds(200, 600) }, (_, at) => String(at))
    for (let from = 0; from < all.length; from += 20) await Promise.all(all.slice(from, from + 20).map(append))
    const lines = (await readFile(file, 'utf8')).trim().split('\n')
    expect(lines.toSorted()).toEqual(all.toSorted())
    expect(await readdir(place.folder)).toEqual(['list.txt'])
  })

  it('leaves the file as it was, and unlocked, when the change throws', async () => {
    await append('a')
    await expect(changeFile(file, () => Promise.reject(new Error('no')))).rejects.toThrow()
    await append('b')
    expect(await readFile(file, 'utf8')).toBe('a\nb\n')
    expect(await readdir(place.folder)).toEqual(['list.txt'])
  })

  it('does not wait for a process that has ended', async () => {
    await writeFile(ticketOf(await deadProcess()), '')
    await append('a')
    expect(await readdir(place.folder)).toEqual(['list.txt'])
  })

  it.each([
    ['a process that runs', () => ticketOf(process.ppid)],
    ['a process of another machine', () => ticketOf(999_999_999, 'elsewhere.example')],
  ])('waits for %s', async (_, ticket) => {
    await writeFile(ticket(), '')
    const order: string[] = []
    const appending = changeFile(file, async () => {
      order.push('changed')
      return 'a\n'
    })
    for (let turn = 0; turn < 20; turn++) await readdir(place.folder)
    order.push('let go')
    await rm(ticket())
    await appending
    expect(order).toEqual(['let go', 'changed'])
  })

  it('writes nothing once others have taken it for dead', async () => {
    const changing = changeFile(file, async () => {
      for (const name of await readdir(place.folder)) if (name.includes('.lock.')) await rm(join(place.folder, name))
      return 'too late'
    })
    expect(said(await refusal(() => changing))).toContain('run the command again')
    expect(await readFile(file, 'utf8')).toBe('')
    expect(await readdir(place.folder)).toEqual(['list.txt'])
  })
})
