import { readFile } from 'node:fs/promises'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { Client } from '../../../src/client/client.ts'
import { type RunningServer, serve } from '../../../src/server/server.ts'
import { Authority, type CertificateFiles } from '../../servers/certificates.ts'
import { Told } from './told.ts'
import { patientTarget } from '../../patience.ts'

let authority: Authority
let stranger: Authority
let files: CertificateFiles
let behind: Client
let server: RunningServer
beforeAll(async () => {
  authority = await Authority.create()
  stranger = await Authority.create()
  files = await authority.issue('both')
  behind = await Client.open(patientTarget('memory:'))
  const [cert, key, clientCa] = await Promise.all(
    [files.cert, files.key, authority.cacert].map((path) => readFile(path)),
  )
  if (!cert || !key || !clientCa) throw new Error('no certificate')
  server = await serve(behind, { host: '127.0.0.1', port: 0, tls: { cert, key, clientCa } })
})
afterAll(async () => {
  await server[Symbol.asyncDispose]()
  await behind[Symbol.asyncDispose]()
  await Promise.all([authority.remove(), stranger.remove()])
})

const open = (scheme: string, tls: object = {}) =>
  Client.open(patientTarget(`${scheme}://127.0.0.1:${server.port}`, { tls, requestTimeout: 2_000 }))

it('is spoken to, and watched, with a certificate on both sides', async () => {
  await using client = await open('https', { cacert: authority.cacert, ...files })
  await client.register({ name: 'sre', id: 'i-1', endpoints: ['http://10.0.0.1:80'] })
  await using told = new Told(client)
  await told.includes('snapshot sre/i-1', 'synced')
})

it.each([
  ['an authority that is not trusted', () => ({ cacert: stranger.cacert, ...files }), 'unreachable', '`tls.cacert`'],
  ['another name', () => ({ cacert: authority.cacert, serverName: 'x', ...files }), 'unreachable', '`tls.serverName`'],
  ['no certificate of ours', () => ({ cacert: authority.cacert }), 'unauthenticated', '`tls.cert`'],
])('says what is wrong with %s', async (_, tls, code, hint) => {
  await expect(open('https', tls())).rejects.toMatchObject({ code, hint: expect.stringContaining(hint) })
})

it('says that it may be spoken to over TLS only', async () => {
  await expect(open('http')).rejects.toMatchObject({ hint: expect.stringContaining('https://') })
})
