import { access, constants } from 'node:fs/promises'
import type { TlsSettings } from '../backends/contract/backend.ts'
import { RollcallError } from '../model/errors.ts'
import { unreadable } from './system-error.ts'

/** @throws RollcallError `usage` for a certificate without its key or the reverse, `config` for a file that cannot be read. */
export async function checkTlsFiles({ cacert, cert, key }: TlsSettings = {}): Promise<void> {
  if ((cert === undefined) !== (key === undefined)) {
    const [there, missing] = cert === undefined ? ['key', '--cert'] : ['certificate', '--key']
    throw new RollcallError('usage', `a client ${there} alone is not enough`, {
      hint: `name the other half with ${missing}`,
    })
  }
  await checkReadable('certificate authorities', cacert)
  await checkReadable('client certificate', cert)
  await checkReadable("client certificate's key", key)
}

async function checkReadable(what: string, path: string | undefined): Promise<void> {
  if (path === undefined) return
  try {
    await access(path, constants.R_OK)
  } catch (error) {
    throw unreadable(`the ${what} file ${path}`, error)
  }
}
