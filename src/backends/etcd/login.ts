import type { Target } from '../contract/backend.ts'

/** A user, for whom tokens are fetched, or a token that was made elsewhere. */
export type Login = { readonly user: string; readonly password: string } | { readonly token: string }

/** Who asks, as far as it can be told: of a token the user that it names. */
export function loginOf({ user, password, token }: Target): {
  readonly login?: Login
  readonly user?: string | undefined
} {
  if (user !== undefined) return password === undefined ? { user } : { login: { user, password }, user }
  return token === undefined ? {} : { login: { token }, user: userIn(token) }
}

/** The claim `username` of a JWT; etcd's own tokens name nobody. */
function userIn(token: string): string | undefined {
  try {
    const claims: unknown = JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString())
    return typeof claims === 'object' && claims !== null && 'username' in claims ? String(claims.username) : undefined
  } catch {
    return undefined
  }
}
