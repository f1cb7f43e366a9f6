import type { Client } from '../../../src/client/client.ts'
import type { InstanceEntry } from '../../../src/model/reading.ts'
import type { Status } from '../../../src/model/status.ts'

/** Registers an AIO record; answers it as it is stored. */
export async function registerAio(client: Client, id: string, port = 80): Promise<InstanceEntry> {
  const instance = { name: 'pay', id, endpoints: [`http://10.0.0.1:${port}`] }
  const registration = await client.register(instance, { layout: 'aio', replace: true })
  await registration.release()
  return await entryOf(client, id)
}

export async function entryOf(client: Client, id: string): Promise<InstanceEntry> {
  const [entry] = await client.find({ service: 'pay', id })
  if (!entry) throw new Error(`there is no pay/${id}`)
  return entry
}

export async function statusOf(client: Client, id: string): Promise<Status> {
  return (await entryOf(client, id)).observed.status
}

/** Renews these every so often, in milliseconds, until disposed of. */
export function renewing(client: Client, ids: readonly string[], every: number): AsyncDisposable {
  const stop = new AbortController()
  const run = async (): Promise<void> => {
    while (!stop.signal.aborted) {
      const entries = await client.find({ service: 'pay' })
      await client.renew(entries.filter(({ instance }) => ids.includes(instance.id)).flatMap(({ records }) => records))
      await new Promise((resolve) => setTimeout(resolve, every))
    }
  }
  const running = run()
  return {
    async [Symbol.asyncDispose]() {
      stop.abort()
      await running
    },
  }
}
