import { expect, test } from 'vitest'
import { githubEncoder } from '../../../src/cli/output/findings.ts'
import type { Finding } from '../../../src/lint/finding.ts'
import { encode, findings } from './hostile-findings.ts'

const finding: Finding = {
  rule: 'RC1001',
  severity: 'error',
  title: 'empty service name',
  key: '/microservices//node-7.local',
  message: 'the key has no service name',
  fix: 'build with a name',
  service: '',
  hosts: ['10.0.0.9'],
}

test('an annotation names rule, key, message, host and fix', () => {
  expect(encode(githubEncoder, [finding])).toBe(
    '::error title=RC1001 empty service name::/microservices//node-7.local: the key has no service name (hosts: 10.0.0.9). Fix: build with a name\n',
  )
})

test('each severity has its command', () => {
  const lines = (['error', 'warning', 'info'] as const).map((severity) =>
    encode(githubEncoder, [{ ...finding, severity }]),
  )
  expect(lines.map((line) => line.split(' ')[0])).toEqual(['::error', '::warning', '::notice'])
})

test('nothing in a registry can end the line, or begin a command', () => {
  const lines = encode(githubEncoder, findings).split('\n')
  expect(lines.pop()).toBe('')
  expect(lines).toHaveLength(findings.length)
  for (const line of lines) {
    expect(line).toMatch(/^::(error|warning|notice) title=[^:,]+::[^\r]*100%25/)
    expect(line).not.toMatch(/\p{Cc}|\p{Cs}/u)
  }
})
