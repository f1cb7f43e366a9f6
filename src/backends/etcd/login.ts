import type { Target } from '../contract/driver.ts'

/** A user and password with which tokens are fetched, or a token issued elsewhere. */
export type EtcdLogin = { readonly user: string; readonly password: string } | { readonly token: string }

/** The login of a target and the name of its user, which a token may contain. */
export function loginOf({ user, password, token }: Target): {
  readonly login?: EtcdLogin
  readonly user?: string | undefined
} {
  if (user !== undefined) return password === undefined ? { user } : { login: { user, password }, user }
  return token === undefined ? {} : { login: { token }, user: userIn(token) }
}

/** The claim `username` of a JWT; the tokens of etcd itself contain no name. */
function userIn(token: string): string | undefined {
  try {
    const claims: unknown = JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString())
    return typeof claims === 'object' && claims !== null && 'username' in claims ? String(claims.username) : undefined
  } catch {
    return undefined
  }
}
