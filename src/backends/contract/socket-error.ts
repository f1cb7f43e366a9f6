const WORDS: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'connection refused',
  ECONNRESET: 'connection reset',
  EHOSTUNREACH: 'no route to the host',
  ENETUNREACH: 'no route to its network',
  ETIMEDOUT: 'no connection in time',
  ENOTFOUND: 'there is no host of that name',
  EAI_AGAIN: 'its name cannot be looked up',
}

const OUR_CERTIFICATE = /alert (certificate required|bad certificate|unknown ca|handshake failure|certificate unknown)/i
const THEIR_CERTIFICATE = /^(CERT_|UNABLE_TO_|SELF_SIGNED_|DEPTH_ZERO_|ERR_TLS_CERT_|INVALID_CA|HOSTNAME_MISMATCH)/

const NEVER_CONNECTED: ReadonlySet<string> = new Set([
  'ECONNREFUSED',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ENOTFOUND',
  'EAI_AGAIN',
])

/** Whether there was no connection, so that the server has seen nothing of the request. `code`: Node's. */
export function isNeverConnected(code: string | undefined): boolean {
  return NEVER_CONNECTED.has(code ?? '')
}

/** A failed connection, for people: it follows the endpoint's name. */
export function connectionError(error: NodeJS.ErrnoException): string {
  return WORDS[error.code ?? ''] ?? error.message
}

/** The server did not like what we showed, or that we showed nothing. */
export function isAboutOurCertificate(error: NodeJS.ErrnoException): boolean {
  return OUR_CERTIFICATE.test(error.message)
}

export function isAboutTheirs(error: NodeJS.ErrnoException): boolean {
  return THEIR_CERTIFICATE.test(error.code ?? '')
}
