import { readFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import { RollcallError, messageOf } from '../../../model/errors.ts'
import { isTree, textIn } from '../object.ts'
import type { Credentials, Login } from './access.ts'
import { pemOf } from './context.ts'
import { type ClusterOfExec, execCredentials } from './exec.ts'
import type { Named } from './kubeconfig.ts'

/** Milliseconds: tokens in files are replaced while we run. */
const FRESH = 60_000

/** Whoever a kubeconfig's user is; nobody without one. @throws RollcallError `config` */
export async function credentialsOf(
  name: string,
  user: Named | undefined,
  cluster: ClusterOfExec,
): Promise<Credentials> {
  if (!user) return fixed({})
  const { value, folder } = user
  const [cert, key] = [await pemOf(user, 'client-certificate'), await pemOf(user, 'client-key')]
  const certificate: Login = cert && key ? { cert, key } : {}
  const [token, tokenFile] = [textIn(value['token']), textIn(value['tokenFile'])]
  if (tokenFile !== '') return tokenIn(resolve(folder, tokenFile), certificate)
  if (token !== '') return fixed({ ...certificate, token })
  if (isTree(value['exec'])) return execCredentials({ name, spec: value['exec'], folder }, cluster)
  refuseOthers(name, user)
  return fixed(certificate)
}

export function fixed(login: Login): Credentials {
  return { login: () => Promise.resolve(login) }
}

/** A token in a file, read again now and then, and when it was refused. */
export function tokenIn(path: string, rest: Login = {}): Credentials {
  let known: { readonly token: string; readonly at: number } | undefined
  return {
    async login(refused) {
      const now = performance.now()
      if (!known || refused || now - known.at > FRESH) known = { token: await read(path), at: now }
      return { ...rest, token: known.token }
    },
  }
}

async function read(path: string): Promise<string> {
  try {
    return (await readFile(path, 'utf8')).trim()
  } catch (error) {
    throw new RollcallError('config', `kubernetes: the token cannot be read: ${messageOf(error)}`, { cause: error })
  }
}

function refuseOthers(name: string, { value }: Named): void {
  const old = ['auth-provider', 'username'].find((field) => value[field] !== undefined)
  if (old === undefined) return
  throw new RollcallError(
    'config',
    `kubernetes: the user "${name}" logs in by ${old}, which Kubernetes no longer knows`,
    {
      hint: 'use a token, a client certificate or an exec plug-in',
    },
  )
}
