import { describe, expect, it } from 'vitest'
import { hidden, withoutSecrets } from '../../src/model/without-secrets.ts'
import { Ground } from './ground.ts'

const SECRET = 'hunter2'

describe('a log', () => {
  it.each([
    'PWD',
    'password',
    'db_passwd',
    'AUTH',
    'Authorization',
    'x-api-key',
    'apiKey',
    'AccessToken',
    'client.secret',
  ])('shows no value under the name %s', (name) => {
    expect(JSON.stringify(hidden({ metadata: { [name]: SECRET, deep: { [name]: [SECRET] } } }))).not.toContain(SECRET)
  })

  it.each([
    `postgres://bob:${SECRET}@db:5432/x`,
    `postgres://bob:hun/ter2:${SECRET}@db:5432/x`,
    `a redis://:${SECRET}@cache and http://ok`,
    `root:${SECRET}@tcp(127.0.0.1:3306)/shop`,
    `https://host/path?access_token=${SECRET}&zone=a`,
    `url=https://host/path?token=${SECRET}`,
    `host=db password=${SECRET} user=x`,
    `{"user":"x","Password": "${SECRET}"}`,
    `Authorization: Bearer ${SECRET}abc`,
    `basic ${SECRET}==`,
    `-----BEGIN RSA PRIVATE KEY-----\n${SECRET}\n-----END RSA PRIVATE KEY-----`,
    `-----BEGIN PRIVATE KEY-----\n${SECRET}`,
    `eyJhbGciOiJIUzI1NiJ9.eyJ${SECRET}.abc-_${SECRET}`,
  ])('shows no secret of %s, wherever a long text is cut', (text) => {
    expect(withoutSecrets(text)).not.toContain(SECRET)
    expect(withoutSecrets(text)).toContain('(hidden)')
    for (let at = 1; at < text.length; at++) {
      const shown = withoutSecrets(`${'x'.repeat(1_023 - at)} ${text}`)
      expect(shown).not.toContain(SECRET.slice(0, 6))
    }
  })

  it.each([
    'zone-a',
    'v1.4.2',
    '10.0.0.1:80',
    'grpc://10.0.0.1:9000',
    'http://[::1]:80/path?zone=a',
    'region=eu, rack=r1',
  ])('shows %s as it is', (text) => {
    expect(withoutSecrets(text)).toBe(text)
  })

  it('is not held up by a text that was made to be slow, and shows a part of it', () => {
    for (const part of ['a.', 'a://', 'key=', 'x:', 'eyJ-', '-----BEGIN ']) {
      const shown = withoutSecrets(part.repeat(500_000))
      expect(shown.length).toBeLessThan(100_000)
    }
  })
})

it('the audit log shows no secret of a record, before or after', async () => {
  await using ground = await Ground.open()
  const metadata = { PWD: SECRET, auth: SECRET, dsn: `mysql://a:${SECRET}@b`, note: `token=${SECRET}`, zone: 'a' }
  const id = await ground.register('a', 1, { metadata })
  await ground.ask('PUT', `/registry/services/${id}/offline`)
  await ground.ask('DELETE', `/registry/services/${id}`)
  expect(ground.audit).toHaveLength(3)
  expect(ground.audit.join('\n')).not.toContain(SECRET)
  expect(JSON.parse(ground.audit[0] ?? '').after.metadata).toMatchObject({ PWD: '(hidden)', zone: 'a' })
})
