import * as fc from 'fast-check'
import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type BackupRecord, readBackup, writeBackup } from '../../../src/client/purge/backup.ts'
import { LAYOUTS } from '../../../src/model/observed.ts'
import { escapeKey } from '../../../src/model/key.ts'

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'rollcall-backup-'))
})
afterAll(() => rm(folder, { recursive: true, force: true }))

const RUN = {
  id: '20261130T120000Z-3fa2c1',
  at: '2026-11-30T12:00:00.000Z',
  command: 'purge',
  registry: 'memory:',
  user: 'anna',
  host: 'laptop',
  pid: 1,
} as const

let count = 0
const newPath = () => join(folder, 'deep/er', `${++count}.ndjson`)

async function read(path: string): Promise<BackupRecord[]> {
  return [...(await readBackup(path)).records]
}

const bytes = fc.uint8Array({ maxLength: 40 })
const records: fc.Arbitrary<BackupRecord> = fc.record({
  id: bytes.map((key) => escapeKey(key)),
  service: fc.string({ unit: 'grapheme' }),
  body: fc.oneof(
    bytes.map((value) => Buffer.from(value)),
    fc.object(),
  ),
  layout: fc.constantFrom(undefined, ...LAYOUTS),
  revision: fc.option(fc.nat().map(String), { nil: undefined }),
  lease: fc.option(
    fc.nat().map((id) => id.toString(16)),
    { nil: undefined },
  ),
  ttlGranted: fc.option(fc.integer({ min: 1 }), { nil: null }),
})

describe('a backup', () => {
  it('gives back what has a line separator in it, which ends no line of JSON', async () => {
    const path = newPath()
    const text = 'one\u2028two\u2029three\u0085four'
    const record = { id: 'a', service: text, body: { metadata: { text } }, ttlGranted: null }
    await writeBackup(path, RUN, [record])
    expect((await read(path)).map(plain)).toEqual([plain(record)])
  })

  it('gives back the records that were written, whatever bytes they are of', async () => {
    await fc.assert(
      fc.asyncProperty(fc.uniqueArray(records, { maxLength: 5, selector: ({ id }) => id }), async (some) => {
        const path = newPath()
        await writeBackup(path, RUN, some)
        const back = await read(path)
        expect(back.map(plain)).toEqual(some.map(plain))
      }),
      { numRuns: 200 },
    )
  })

  it('is its owner’s alone, and no other file’s end', async () => {
    const path = newPath()
    await writeBackup(path, RUN, [])
    expect((await stat(path)).mode & 0o777).toBe(0o600)
    await expect(writeBackup(path, RUN, [])).rejects.toMatchObject({ code: 'usage', message: /is there already/ })
  })

  it.runIf(process.platform === 'linux')('says so where no folder can be made', async () => {
    const refused = { code: 'usage', message: /cannot write the backup/ }
    await expect(writeBackup('/proc/rollcall/deep/b.ndjson', RUN, [])).rejects.toMatchObject(refused)
  })

  it('gives back the whole lines of a torn file, and says which lines are not', async () => {
    const path = newPath()
    const some = ['a', 'b', 'c'].map((id) => ({
      id: `/k/${id}`,
      service: 's',
      body: Buffer.from(id),
      ttlGranted: null,
    }))
    await writeBackup(path, RUN, some)
    const [run = '', first = '', second = '', third = ''] = (await readFile(path, 'utf8')).split('\n')
    const readTorn = async (text: string) => {
      await writeFile(path, text)
      const { records: whole, tears } = await readBackup(path)
      return { ids: whole.map(({ id }) => id), lines: tears.map(({ line }) => line) }
    }
    // Where the run is described, what is missing is missed even where no line is torn.
    expect(await readTorn(`${run}\n${first}\n${second}\n`)).toEqual({ ids: ['/k/a', '/k/b'], lines: [4] })
    expect(await readTorn(`${run}\n${first}\n${second}\n${third.slice(0, 10)}`)).toMatchObject({ lines: [4] })
    // After the last record only outcomes follow: one that was torn is not a record that is lost.
    const whole = [run, first, second, third].join('\n')
    expect(await readTorn(`${whole}\n{"outcomes":{"do`)).toMatchObject({ lines: [] })
    await expect(readTorn(`${run.slice(0, 10)}\n${first}\n`)).rejects.toMatchObject({ code: 'usage' })
    for (const length of [1, 10, third.length - 1])
      expect(await readTorn(`${first}\n${second}\n${third.slice(0, length)}`)).toEqual({
        ids: ['/k/a', '/k/b'],
        lines: [3],
      })
    // What was cut off is the end of the line alone.
    expect(await readTorn(`${first}\n${second}\n${third}`)).toEqual({ ids: ['/k/a', '/k/b', '/k/c'], lines: [] })
    // A part was lost in the middle.
    expect(await readTorn(`${first}\n${second.slice(0, 9)}${third.slice(20)}\n${third}\n`)).toEqual({
      ids: ['/k/a', '/k/c'],
      lines: [2],
    })
    await expect(readTorn(`${first.slice(0, 10)}\n${second}\n`)).rejects.toMatchObject({ code: 'usage' })
  })

  it('leaves no file behind that is not whole', async () => {
    const path = newPath()
    await expect(writeBackup(path, RUN, [broken])).rejects.toMatchObject({ message: /the disk is full/ })
    await expect(readFile(path)).rejects.toMatchObject({ code: 'ENOENT' })
  })
})

const broken: BackupRecord = {
  id: 'a',
  service: 's',
  get body(): Uint8Array {
    throw new Error('the disk is full')
  },
  ttlGranted: null,
}

/** What of it is compared: an object as JSON has it. */
function plain({ body, ...record }: BackupRecord): object {
  return { ...record, body: body instanceof Uint8Array ? Buffer.from(body).toString('hex') : JSON.stringify(body) }
}
