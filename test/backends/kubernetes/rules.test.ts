import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest'
import type { Backend } from '../../../src/backends/contract/backend.ts'
import { KUBERNETES_RULES } from '../../../src/backends/kubernetes/rules.ts'
import { CATALOGUE } from '../../../src/lint/catalogue.ts'
import { checkRecord } from '../../../src/lint/check.ts'
import { type PodSpec, createPod, newNamespace } from '../../servers/kubernetes/objects.ts'
import { describeWith } from '../../servers/with-server.ts'
import { collect } from '../../conformance/ground.ts'
import { KubernetesGround } from './ground.ts'

const GOOD = {
  labels: { 'kratos-service-app': 'sre', 'kratos-service-id': 'i-1', 'kratos-service-version': 'v1.0.0' },
  annotations: { 'kratos-service-metadata': '{"zone":"a"}', 'kratos-service-protocols': '{"9000":"grpc"}' },
  ports: [9000],
}

await describeWith('kubernetes', 'check-keys on Pods', () => {
  let ground: KubernetesGround
  let namespace: string
  let backend: Backend
  beforeAll(async () => {
    ground = await KubernetesGround.create()
  })
  afterAll(() => ground[Symbol.asyncDispose]())
  beforeEach(async () => {
    namespace = await newNamespace(ground.server)
    backend = await ground.openAs('admin', { namespace })
  })

  async function findings(pod: Omit<PodSpec, 'name'>): Promise<string[]> {
    await createPod(ground.server, namespace, { name: 'p-1', ...pod })
    const pages = await collect(backend.scan({}, { structure: true }))
    const rules = [...CATALOGUE, ...KUBERNETES_RULES]
    return pages.flatMap(({ records }) =>
      records.flatMap((record) =>
        checkRecord({ record, reading: backend.read(record, 0) }, { rules, now: 0 }).map(
          ({ rule, severity, key }) => `${rule} ${severity} ${key.replace(`${namespace}/`, '')}`,
        ),
      ),
    )
  }
  const labels = (changed: object) => ({ ...GOOD, labels: { ...GOOD.labels, ...changed } })

  it.each<[string, Omit<PodSpec, 'name'>, string[]]>([
    ['what Kratos writes', GOOD, []],
    ['emptied labels', { ...GOOD, labels: { 'kratos-service-app': '', 'kratos-service-id': '' } }, ['RC2401 info']],
    ['a blank name', labels({ 'kratos-service-app': '' }), ['RC2402 warning']],
    ['a port that is not declared', { ...GOOD, ports: [8000] }, ['RC2403 warning']],
    ['no id', labels({ 'kratos-service-id': '' }), ['RC2404 warning']],
    ['a finished Pod', { ...GOOD, phase: 'Failed' }, ['RC2405 info']],
    ['metadata that is no JSON', { ...GOOD, annotations: { 'kratos-service-metadata': 'zone=a' } }, ['RC1101 error']],
    ['metadata that is not text', { ...GOOD, annotations: { 'kratos-service-metadata': '{"a":1}' } }, ['RC1103 error']],
  ])('%s', async (_, pod, wanted) => {
    expect(await findings(pod)).toEqual(wanted.map((finding) => `${finding} pods/p-1`))
  })
})
