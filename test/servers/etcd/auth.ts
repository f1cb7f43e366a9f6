import type { EtcdServer } from './start.ts'

/** Who may do what. */
export interface EtcdAuth {
  readonly roles?: Readonly<Record<string, readonly Grant[]>>
  readonly users?: Readonly<Record<string, { readonly password: string; readonly roles: readonly string[] }>>
}

/** A key, with `prefix` all that begin with it, or with `end` all up to there. */
export interface Grant {
  readonly may: 'read' | 'write' | 'readwrite'
  readonly key: string
  readonly prefix?: boolean
  readonly end?: string
}

/** Makes roles and users, root among them, and asks for passwords from then on. */
export async function enableAuth(server: EtcdServer, auth: EtcdAuth): Promise<void> {
  for (const [role, grants] of Object.entries(auth.roles ?? {})) {
    await server.etcdctl('role', 'add', role)
    for (const { may, key, prefix, end } of grants)
      await server.etcdctl(
        'role',
        'grant-permission',
        role,
        may,
        key,
        ...(end ? [end] : []),
        ...(prefix ? ['--prefix'] : []),
      )
  }
  await addUser(server, 'root', 'root', ['root'])
  for (const [name, { password, roles }] of Object.entries(auth.users ?? {}))
    await addUser(server, name, password, roles)
  await server.etcdctl('auth', 'enable')
}

async function addUser(server: EtcdServer, name: string, password: string, roles: readonly string[]): Promise<void> {
  await server.etcdctl('user', 'add', `${name}:${password}`)
  for (const role of roles) await server.etcdctl('user', 'grant-role', name, role)
}
