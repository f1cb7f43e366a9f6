import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { type EtcdServer, startEtcd } from '../servers/etcd/start.ts'
import type { FrameworkProgram } from '../servers/framework-program.ts'
import { type GoFramework, startGoFramework } from '../servers/go-frameworks/start.ts'
import { describeWith } from '../servers/with-server.ts'
import { type Found, type Seen, findsWhatIsRegistered, lineOf, rollcall, seesItComeAndGo } from './application.ts'
import { Watched, eventually } from './watched.ts'

interface Application extends Seen {
  readonly framework: GoFramework
  /** Left out where rollcall does not write the layout. */
  readonly found?: Found
}

const APPLICATIONS: readonly Application[] = [
  {
    framework: 'go-zero',
    place: ['--prefix', ''],
    written: { service: 'user.rpc', address: '10.0.0.31:8080' },
    shown: {
      name: 'user.rpc',
      id: expect.stringMatching(/^\d+$/),
      endpoints: ['10.0.0.31:8080'],
      metadata: {},
      layout: 'go-zero',
    },
    found: {
      words: ['-e', '10.0.0.32:8080', '--layout', 'go-zero'],
      service: 'user.rpc',
      instance: { address: '10.0.0.32:8080' },
    },
  },
  {
    framework: 'kitex',
    written: { service: 'echo.svc', address: '10.0.0.41:8888', weight: 20, metadata: { idc: 'lf' } },
    shown: {
      name: 'echo.svc',
      id: '10.0.0.41:8888',
      endpoints: ['tcp://10.0.0.41:8888'],
      weight: 20,
      metadata: { idc: 'lf' },
      layout: 'kitex',
    },
    found: {
      words: ['-e', '10.0.0.42:8888', '--weight', '30', '--meta', 'idc=hl', '--layout', 'kitex'],
      service: 'echo.svc',
      instance: { address: '10.0.0.42:8888', weight: 30, metadata: { idc: 'hl' } },
    },
  },
  {
    framework: 'grpc-naming',
    place: ['--prefix', 'grpc'],
    written: { service: 'grpc/greeter', address: '10.0.0.21:50051', metadata: { zone: 'a' } },
    shown: {
      name: 'greeter',
      id: '10.0.0.21:50051',
      endpoints: ['grpc://10.0.0.21:50051'],
      metadata: { zone: 'a' },
      layout: 'grpc-naming',
    },
    found: {
      words: ['-e', 'grpc://10.0.0.22:50051', '--meta', 'zone=b', '--layout', 'grpc-naming', '--prefix', 'grpc'],
      service: 'grpc/greeter',
      instance: { address: '10.0.0.22:50051', metadata: { zone: 'b' } },
    },
  },
  {
    framework: 'goframe',
    written: { service: 'hello', address: '10.0.0.61:8000', version: 'v1.0.0', metadata: { protocol: 'http' } },
    shown: {
      name: 'hello',
      id: '10.0.0.61:8000',
      version: 'v1.0.0',
      endpoints: ['http://10.0.0.61:8000'],
      metadata: { protocol: 'http' },
      layout: 'goframe',
    },
  },
]

await describeWith('etcd', 'frameworks on etcd', () =>
  describeWith('go-frameworks', 'an application', () => {
    let server: EtcdServer
    let registry: string
    beforeAll(async () => {
      server = await startEtcd()
      registry = `etcd://${server.endpoint}`
    })
    afterAll(() => server[Symbol.asyncDispose]())

    describe.each(APPLICATIONS)('of $framework', ({ framework, found, ...seen }) => {
      let program: FrameworkProgram
      beforeAll(() => {
        program = startGoFramework(framework, server.endpoint)
      })
      afterAll(() => program[Symbol.asyncDispose]())
      const ground = () => ({ registry, program })
      seesItComeAndGo(seen, ground)
      if (found) findsWhatIsRegistered(found, seen, ground)
    })

    it('that crashes is gone when its lease ends, whichever its framework is', async () => {
      await using watched = await Watched.start(['-r', registry, '--prefix', ''])
      const programs = APPLICATIONS.map(({ framework }) => startGoFramework(framework, server.endpoint))
      onTestFinished(() => endAll(programs))
      for (const [at, { written }] of APPLICATIONS.entries()) await programs[at]?.register(written)
      const lines = APPLICATIONS.map(lineOf).toSorted()
      await eventually(() => watched.told().toSorted()).toEqual(lines.map((line) => `added ${line}`))
      for (const prefix of ['', '/']) {
        const checked = await rollcall(
          registry,
          ['check-keys', '--severity', 'error', '-o', 'json'],
          ['--prefix', prefix],
        )
        expect([checked.status, JSON.parse(checked.stdout).items]).toEqual([0, []])
      }
      await endAll(programs)
      const gone = () => watched.told().slice(lines.length).toSorted()
      await eventually(gone).toEqual(lines.map((line) => `removed ${line}`))
    })
  }),
)

async function endAll(programs: readonly FrameworkProgram[]): Promise<void> {
  await Promise.all(programs.map((program) => program.kill()))
}
