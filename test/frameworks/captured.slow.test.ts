import { afterAll, beforeAll, expect, it } from 'vitest'
import type { Store } from '../../src/backends/kv/store.ts'
import { openStore } from '../backends/etcd/open.ts'
import { type FrameworkRecord, frameworkRecords, load } from '../cli/frameworks.ts'
import { FilledZooKeeper } from '../conformance/filled-zookeeper.ts'
import { type EtcdServer, startEtcd } from '../servers/etcd/start.ts'
import type { FrameworkInstance, FrameworkProgram } from '../servers/framework-program.ts'
import { type GoFramework, startGoFramework } from '../servers/go-frameworks/start.ts'
import { type JavaFramework, startJavaFramework } from '../servers/java-frameworks/start.ts'
import { describeWith } from '../servers/with-server.ts'
import { eventually } from './watched.ts'

/** The programs whose clients were run, by the writers of the records that they answered to. */
const ON_ETCD: Readonly<Record<string, GoFramework>> = {
  'go-zero': 'go-zero',
  goframe: 'goframe',
  'grpc-go': 'grpc-naming',
  kitex: 'kitex',
}
const ON_ZOOKEEPER: Readonly<Record<string, JavaFramework>> = {
  'curator-5.7.1': 'curator',
  'dubbo-3.3.5': 'dubbo',
  'spring-cloud-2024.0.1': 'spring',
}

interface Answers {
  readonly all: FrameworkInstance[]
  readonly keys: Set<string>
}

/** What was answered to each question about these records, with the names of the metadata in it. */
function answersTo(records: readonly FrameworkRecord[]): ReadonlyMap<string, Answers> {
  const questions = new Map<string, Answers>()
  for (const { client } of records) {
    if (!client?.wasRun) continue
    const { all, keys } = questions.get(client.asked) ?? { all: [], keys: new Set() }
    for (const one of client.answer) {
      all.push(one)
      for (const key of Object.keys(one.metadata ?? {})) keys.add(key)
    }
    questions.set(client.asked, { all, keys })
  }
  return questions
}

const byAddress = (instances: readonly FrameworkInstance[]) =>
  instances.toSorted((a, b) => a.address.localeCompare(b.address))

/** A client of each framework answers to the captured records as is written beside them. */
function answersAsWritten<Framework>(
  captured: ReadonlyMap<string, readonly FrameworkRecord[]>,
  programs: Readonly<Record<string, Framework>>,
  start: (framework: Framework) => FrameworkProgram | Promise<FrameworkProgram>,
): void {
  it('is there for each whose answers were run', () => {
    const run = [...captured].filter(([, records]) => answersTo(records).size > 0)
    expect(run.map(([writer]) => writer).toSorted()).toEqual(Object.keys(programs).toSorted())
  })

  it.each(Object.entries(programs))('%s', async (writer, framework) => {
    await using program = await start(framework)
    for (const [asked, { all, keys }] of answersTo(captured.get(writer) ?? []))
      await eventually(async () => byAddress(await program.find(asked, [...keys]))).toEqual(byAddress(all))
  })
}

await describeWith('etcd', 'captured records in etcd', () =>
  describeWith('go-frameworks', 'the client that answers as is written beside them', () => {
    const captured = frameworkRecords('etcd')
    let server: EtcdServer
    let store: Store
    beforeAll(async () => {
      server = await startEtcd()
      store = await openStore(`etcd://${server.endpoint}`)
      await load(store, [...captured.values()].flat())
    })
    afterAll(async () => {
      await store[Symbol.asyncDispose]()
      await server[Symbol.asyncDispose]()
    })
    answersAsWritten(captured, ON_ETCD, (framework) => startGoFramework(framework, server.endpoint))
  }),
)

await describeWith('zookeeper', 'captured records in ZooKeeper', () =>
  describeWith('java-frameworks', 'the client that answers as is written beside them', () => {
    const captured = frameworkRecords('zookeeper')
    let filled: FilledZooKeeper
    beforeAll(async () => {
      filled = await FilledZooKeeper.start([...captured.values()].flat())
    })
    afterAll(() => filled[Symbol.asyncDispose]())
    answersAsWritten(captured, ON_ZOOKEEPER, (framework) => startJavaFramework(framework, new URL(filled.url).host))
  }),
)
