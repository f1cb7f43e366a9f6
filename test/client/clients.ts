import { targetFrom } from '../../src/config/target.ts'
import { Client, type ClientOptions } from '../../src/client/client.ts'
import type { Settings } from '../../src/backends/contract/driver.ts'
import type { ScriptedBackend } from './scripted-backend.ts'
import { patientTarget } from '../patience.ts'

/** A client of an embedded registry, in memory unless a URL says otherwise. */
export function embedded(settings: Partial<Settings> = {}, url = 'memory:'): Promise<Client> {
  return Client.open(patientTarget(url, settings))
}

export function scripted(backend: ScriptedBackend, options: ClientOptions = {}): Client {
  return new Client(targetFrom('memory:'), backend, options)
}

/** A client whose watches say nothing until they are ended. */
export function silentlyWatching(): Pick<Client, 'watch'> {
  return {
    // oxlint-disable-next-line require-yield
    async *watch(_scope, { signal } = {}) {
      await new Promise((_resolve, reject) => signal?.addEventListener('abort', () => reject(signal.reason)))
    },
  }
}
