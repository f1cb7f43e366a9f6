import { once } from 'node:events'
import { createWriteStream, rmSync } from 'node:fs'
import { join } from 'node:path'
import { type Bench, counted, say } from '../harness/bench.ts'
import { finish } from '../harness/process.ts'
import { instance } from './fleet.ts'

const PART = 100_000
/** Seconds: longer than any bench. */
const TTL = 86_400

/** The path of an embedded registry with so many instances, on the scale of the run. Nobody changes it. */
export function sharedFile(bench: Bench, count: number): Promise<string> {
  return bench.shared(`file ${count}`, async () => {
    const path = join(bench.folder, `registry-${count}.db`)
    say(`filling a file with ${counted(bench.scaled(count))} instances`)
    for (let at = 0; at < bench.scaled(count); at += PART) {
      const backup = await writeBackup(bench, at, Math.min(at + PART, bench.scaled(count)))
      // Restoring is the quickest way in.
      await finish(bench.folder, bench.rollcall(`file:${path}`, 'restore', backup, '--yes', '-q'))
      rmSync(backup)
    }
    return path
  })
}

async function writeBackup({ folder }: Bench, from: number, end: number): Promise<string> {
  const path = join(folder, 'fleet.ndjson')
  const file = createWriteStream(path)
  for (let at = from; at < end; at += 1) {
    const { key, value } = instance(at)
    const [, , service] = key.split('/')
    const line = { id: key, service, key: base64(key), value: base64(value), ttl: TTL }
    if (!file.write(`${JSON.stringify(line)}\n`)) await once(file, 'drain')
  }
  file.end()
  await once(file, 'close')
  return path
}

function base64(text: string): string {
  return Buffer.from(text).toString('base64')
}
