import { access, constants, readFile } from 'node:fs/promises'
import type { TlsSettings } from '../backends/contract/driver.ts'
import { RollcallError } from '../model/errors.ts'
import { unreadable } from './read-file.ts'
import type { LayerValue, Layer, SecretName } from './layers.ts'

export interface Secrets {
  readonly password?: LayerValue & { readonly value: string }
  readonly token?: LayerValue & { readonly value: string }
}

/**
 * The password and the token, from the first layer that knows them. A file's last line end is dropped.
 *
 * @throws RollcallError `config` for a file that cannot be read or is empty, `usage` when both are to come from standard input.
 */
export async function readSecrets(layers: readonly Layer[], readStdin?: () => Promise<string>): Promise<Secrets> {
  const password = sourceOf('password', layers)
  const token = sourceOf('token', layers)
  if (password?.file === '-' && token?.file === '-') {
    throw new RollcallError('usage', 'password and token cannot both come from standard input', {
      hint: 'name a file for one of them, or put it in ROLLCALL_PASSWORD or ROLLCALL_TOKEN',
    })
  }
  return {
    ...(password ? { password: await reveal('password', password, readStdin) } : {}),
    ...(token ? { token: await reveal('token', token, readStdin) } : {}),
  }
}

interface Source {
  readonly from: string
  readonly file?: string
  readonly value?: string
}

function sourceOf(name: SecretName, layers: readonly Layer[]): Source | undefined {
  for (const layer of layers) {
    const file = layer.get(`${name}File`)
    if (file) return { from: file.from, file: String(file.value) }
    const secret = layer.secret(name)
    if (secret) return { from: secret.from, value: String(secret.value) }
  }
  return undefined
}

async function reveal(name: SecretName, source: Source, readStdin?: () => Promise<string>) {
  const text = source.file === undefined ? source.value : await contentOf(name, source.file, source.from, readStdin)
  const value = source.file === undefined ? text : text?.replace(/\r?\n$/, '')
  if (value) return { value, from: source.from }
  throw new RollcallError('config', `${source.from}: the ${name} is empty`)
}

async function contentOf(
  name: SecretName,
  path: string,
  from: string,
  readStdin?: () => Promise<string>,
): Promise<string> {
  if (path === '-') {
    if (readStdin) return readStdin()
    throw new RollcallError('usage', `${from} - : there is no standard input here`)
  }
  try {
    return await readFile(path, 'utf8')
  } catch (error) {
    throw unreadable(`${from}: the ${name} file ${path}`, error)
  }
}

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
