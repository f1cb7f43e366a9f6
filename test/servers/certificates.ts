import { execFile } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'

const run = promisify(execFile)

/** Paths of PEM files, as TlsSettings has them. */
export interface CertificateFiles {
  readonly cert: string
  readonly key: string
}

/** An authority of a test's own, made with the openssl program. */
export class Authority {
  readonly folder: string

  private constructor(folder: string) {
    this.folder = folder
  }

  static async create(): Promise<Authority> {
    const authority = new Authority(await mkdtemp(join(tmpdir(), 'rollcall-ca-')))
    const files = ['-keyout', authority.#file('ca.key'), '-out', authority.cacert]
    await run('openssl', ['req', '-x509', '-days', '2', ...newKey('rollcall test CA'), ...files])
    return authority
  }

  get cacert(): string {
    return this.#file('ca.crt')
  }

  /** A certificate for 127.0.0.1, localhost and the names given, usable by a server and by a client. */
  async issue(commonName: string, names: readonly string[] = []): Promise<CertificateFiles> {
    const [cert, key, request, extensions] = ['crt', 'key', 'csr', 'ext'].map((end) =>
      this.#file(`${commonName}.${end}`),
    )
    if (!cert || !key || !request || !extensions) throw new Error('no file names')
    const alternatives = ['IP:127.0.0.1', 'DNS:localhost', ...names.map((name) => `DNS:${name}`)]
    await writeFile(extensions, `subjectAltName=${alternatives.join(',')}\n`)
    await run('openssl', ['req', '-new', ...newKey(commonName), '-keyout', key, '-out', request])
    const signing = ['-CA', this.cacert, '-CAkey', this.#file('ca.key'), '-CAcreateserial', '-days', '2']
    await run('openssl', ['x509', '-req', '-in', request, ...signing, '-extfile', extensions, '-out', cert])
    return { cert, key }
  }

  async remove(): Promise<void> {
    await rm(this.folder, { recursive: true, force: true })
  }

  #file(name: string): string {
    return join(this.folder, name)
  }
}

function newKey(commonName: string): string[] {
  return ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-subj', `/CN=${commonName}`]
}
