import { Client } from '../../../src/client/client.ts'
import type { Settings } from '../../../src/backends/contract/driver.ts'
import { patientTarget } from '../../patience.ts'

/** A client of the server at that port of this machine. */
export function clientAt(port: number, settings: Partial<Settings> = {}): Promise<Client> {
  return Client.open(patientTarget(`http://127.0.0.1:${port}`, settings))
}
