import { createHash, randomBytes } from 'node:crypto'

/** SASL's DIGEST-MD5, as ZooKeeper's servers speak it. Source: RFC 2831. */
export class DigestMd5 {
  readonly #user: string
  readonly #password: string
  #expected = ''

  constructor(user: string, password: string) {
    this.#user = user
    this.#password = password
  }

  /** The answer to the server's challenge. */
  respond(challenge: string): Buffer {
    const said = directives(challenge)
    const realm = said.get('realm') ?? ''
    const nonce = said.get('nonce') ?? ''
    const cnonce = randomBytes(18).toString('base64')
    const uri = `zookeeper/${realm}`
    const secret = md5(`${this.#user}:${realm}:${this.#password}`)
    const identity = md5(Buffer.concat([secret, Buffer.from(`:${nonce}:${cnonce}`)])).toString('hex')
    const proof = (method: string) =>
      md5(`${identity}:${nonce}:00000001:${cnonce}:auth:${md5(`${method}:${uri}`).toString('hex')}`).toString('hex')
    this.#expected = proof('')
    const quoted = { username: this.#user, realm, nonce, cnonce, 'digest-uri': uri }
    const parts = Object.entries(quoted).map(([name, text]) => `${name}="${text.replaceAll(/["\\]/g, '\\$&')}"`)
    parts.push('charset=utf-8', 'nc=00000001', 'qop=auth', 'maxbuf=65536', `response=${proof('AUTHENTICATE')}`)
    return Buffer.from(parts.join(','))
  }

  /** Checks that the server knows the password too; throws if it does not. */
  check(verdict: string): void {
    if (directives(verdict).get('rspauth') !== this.#expected) throw new Error('the server does not know the password')
  }
}

function directives(text: string): Map<string, string> {
  const found = text.matchAll(/([a-z-]+)=(?:"((?:[^"\\]|\\.)*)"|([^,]*))/gi)
  return new Map(
    [...found].map(([, name = '', quoted, bare]) => [name, quoted?.replaceAll(/\\(.)/g, '$1') ?? bare ?? '']),
  )
}

function md5(text: string | Buffer): Buffer {
  return createHash('md5').update(text).digest()
}
