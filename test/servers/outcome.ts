import { existsSync } from 'node:fs'
import { readFile, rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import type { Provisioned } from './kinds.ts'

/** What came of provisioning a kind: its server, or why there is none. */
export type Outcome = Provisioned | Missing

export interface Missing {
  readonly missing: string
  /** Its tests fail then; else they are skipped. */
  readonly required: boolean
}

/** Tells the workers, who see it in the folder of a run. */
export async function publish(folder: string, kind: string, outcome: Outcome): Promise<void> {
  const file = fileOf(folder, kind)
  await writeFile(`${file}.new`, JSON.stringify(outcome))
  await rename(`${file}.new`, file)
}

export function isPublished(folder: string, kind: string): boolean {
  return existsSync(fileOf(folder, kind))
}

/** Waits for it: a server may have to be built first. */
export async function outcomeOf(folder: string, kind: string): Promise<Outcome> {
  while (!isPublished(folder, kind)) await delay(50)
  return JSON.parse(await readFile(fileOf(folder, kind), 'utf8')) as Outcome
}

function fileOf(folder: string, kind: string): string {
  return join(folder, `${kind}.json`)
}
