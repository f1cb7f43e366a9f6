import { CATALOGUE } from '../../../src/lint/catalogue.ts'
import type { Finding } from '../../../src/lint/finding.ts'
import type { Encoder } from '../../../src/cli/output/columns.ts'

/** A finding of every rule, with text that each format has to escape. */
export const findings: readonly Finding[] = CATALOGUE.map((rule, at) => ({
  rule: rule.code,
  severity: rule.severity,
  title: rule.title,
  key: `/microservices//../a%b,c:${at}/<é "用户">&]]>`,
  message: `100% "bad", \u001b[31mred\u001b[0m\r\n::error::injected \u0000\ufffe\ud800 ]]> & <x>`,
  fix: rule.fix,
  service: '',
  id: `i-${at}`,
  lease: '1f',
  hosts: ['10.0.0.1', 'fe80::1%eth0'],
  culprit: '//',
}))

export function encode(encoder: Encoder<Finding>, items: readonly Finding[]): string {
  return [encoder.open(), ...items.map((item) => encoder.row(item)), encoder.close({})].join('')
}
