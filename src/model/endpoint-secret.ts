const USER = /^([a-z][a-z0-9+.-]*:\/\/)([^/?#]*)@/i

/** Whether a user, and perhaps a password, stands before the host. */
export function hasUser(endpoint: string): boolean {
  return USER.test(endpoint)
}

/** An endpoint as people are shown it: `http://svc:***@host:80` instead of a password in it. */
export function withoutPassword(endpoint: string): string {
  if (!endpoint.includes('@')) return endpoint
  return endpoint.replace(USER, (_, scheme: string, user: string) => {
    const [name = '', ...password] = user.split(':')
    return `${scheme}${password.length > 0 ? `${name}:***` : '***'}@`
  })
}
