import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'vitest'
import { type RunOptions, run } from './run.ts'

/** One record as it is to lie there. `lease`: records with the same one share it. */
export interface Seed {
  readonly key: string | Uint8Array
  readonly value: string | Uint8Array | object
  readonly ttl?: number
  readonly lease?: string
}

/** Puts records into a registry as they are, through a file that `restore` reads. */
export async function seed(options: RunOptions, records: readonly Seed[]): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'rollcall-seed-'))
  const file = join(folder, 'records.ndjson')
  await writeFile(file, records.map((record) => `${lineOf(record)}\n`).join(''))
  expect(await run(['restore', file, '--yes', '-q'], options)).toMatchObject({ status: 0 })
  await rm(folder, { recursive: true })
}

function lineOf({ key, value, ttl, lease }: Seed): string {
  const bytes = value instanceof Uint8Array || typeof value === 'string' ? value : JSON.stringify(value)
  return JSON.stringify({ id: '', service: '', key: base64(key), value: base64(bytes), ttl: ttl ?? null, lease })
}

function base64(content: string | Uint8Array): string {
  return Buffer.from(content as string).toString('base64')
}

/** A record as Kratos writes it, without a lease unless a TTL is given. */
export function kratos(
  name: string,
  id: string,
  { ttl, ...more }: { ttl?: number; endpoints?: string[]; version?: string } = {},
): Seed {
  const value = { id, name, version: '', metadata: null, endpoints: [`grpc://10.0.0.1:9000`], ...more }
  return { key: `/microservices/${name}/${id}`, value, ...(ttl === undefined ? {} : { ttl }) }
}

/** A record as AIO writes it, last renewed at that time. */
export function aio(name: string, id: string, status: string, renewed: number): Seed {
  const time = new Date(renewed).toISOString()
  const value = {
    id,
    name,
    address: '10.0.0.2:8080',
    protocol: 'http',
    env: 'prod',
    register_time: time,
    start_time: time,
    offline_time: '0001-01-01T00:00:00Z',
    last_renew_time: time,
    weight: 100,
    status,
  }
  return { key: `/aio/registry/${name}/${id}`, value }
}
