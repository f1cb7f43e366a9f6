import { readFileSync, readdirSync } from 'node:fs'
import type { Store } from '../../src/backends/kv/store.ts'
import type { FrameworkInstance } from '../servers/framework-program.ts'

const folder = new URL('../fixtures/frameworks/', import.meta.url)

/** A record that another framework's real library wrote, as it was captured. */
export interface FrameworkRecord {
  readonly key: string
  readonly value: Buffer
  /** It lived by a lease, or by a session. */
  readonly leased: boolean
  /** What the framework's own client answers; undefined where no client asks for it. */
  readonly client?: ClientAnswer | undefined
}

/** What the client of a framework was asked, and answered of one record. */
export interface ClientAnswer {
  /** What it tells of an instance. */
  readonly tells: readonly (keyof FrameworkInstance)[]
  /** The service, as the framework names it. */
  readonly asked: string
  readonly answer: readonly FrameworkInstance[]
  /** It was run; else the answer was read in its source. */
  readonly wasRun: boolean
}

/** A captured record's part about the client, and the file's. */
export type AnsweredRecord = Partial<Pick<ClientAnswer, 'asked' | 'answer'>>
export interface AskedClient {
  readonly name: string
  readonly version: string
  readonly answered: 'run' | 'its source'
  readonly tells: ClientAnswer['tells']
}

interface Captured {
  readonly client: AskedClient
  readonly records: readonly (AnsweredRecord & {
    readonly key?: string
    readonly path?: string
    readonly valueBase64?: string
    readonly dataBase64?: string
    readonly lease?: string
    readonly ephemeralOwner?: string
  })[]
}

/** All captured records of a store, by the framework's name. */
export function frameworkRecords(store: 'etcd' | 'zookeeper'): ReadonlyMap<string, readonly FrameworkRecord[]> {
  const files = readdirSync(folder).filter((file) => file.startsWith(`${store}-`))
  return new Map(files.map((file) => [file.slice(store.length + 1, -'.json'.length), recordsIn(file)]))
}

function recordsIn(file: string): FrameworkRecord[] {
  const { client, records }: Captured = JSON.parse(readFileSync(new URL(file, folder), 'utf8'))
  return records.map(({ key, path, valueBase64, dataBase64, lease, ephemeralOwner, ...answered }) => ({
    key: key ?? path ?? '',
    value: Buffer.from(valueBase64 ?? dataBase64 ?? '', 'base64'),
    leased: lease !== undefined || (ephemeralOwner !== undefined && ephemeralOwner !== '0x0'),
    client: answerOf(client, answered),
  }))
}

/** What a file has of its client, and beside one of its records. */
export function answerOf(
  { tells, answered }: AskedClient,
  { asked, answer }: AnsweredRecord,
): ClientAnswer | undefined {
  if (asked === undefined || answer === undefined) return undefined
  return { tells, asked, answer, wasRun: answered === 'run' }
}

/** Puts records as they were: those that lived by a lease on one that lives. A folder of a tree may be there already. */
export async function load(store: Store, records: readonly FrameworkRecord[]): Promise<void> {
  const { lease } = await store.grant(600)
  for (const { key, value, leased } of records)
    await store.write([{ put: Buffer.from(key), value, ...(leased && { lease }) }])
}

/** Every prefix under which somebody may look for a key: each of its folders, with the root and the whole store. */
export function prefixesOf(records: readonly FrameworkRecord[]): string[] {
  const prefixes = new Set(['', '/'])
  for (const { key } of records) {
    const segments = key.split('/')
    for (let length = 1; length < segments.length; length++) {
      const prefix = segments.slice(0, length).join('/')
      if (prefix !== '') prefixes.add(prefix)
    }
  }
  return [...prefixes]
}
