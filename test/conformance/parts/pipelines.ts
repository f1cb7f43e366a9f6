import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import type { Backend } from '../../../src/backends/contract/backend.ts'
import type { Capabilities } from '../../../src/model/capabilities.ts'
import type { Json } from '../../cli/demo.ts'
import { type Ran, run } from '../../cli/run.ts'
import { type Ground, collect } from '../ground.ts'

/** What pipelines do, by the command line: the basics, as far as the registry can. */
export function pipelines(ground: () => Ground, can: Capabilities): void {
  /** The status where nothing can be imported: an instance is a Pod, or the service was left to another kind of instances. */
  const refused = () => (can.settings?.includes('pod') ? 2 : ground().registry.keepsKind ? 7 : undefined)

  async function filled(): Promise<Commands> {
    const there = await Commands.for(ground(), can)
    for (const [at, service] of ['sre', 'sre', 'other'].entries()) {
      const instance = ground().instance(`i-${at}`, { service, port: 9000 + 2 * at })
      await ground().register(there.backend, instance, can.session ? { ttl: null } : {})
    }
    return there
  }

  it('exports what an import makes the same again', async () => {
    await using there = await filled()
    await there.does('export --file all.ndjson -c here')
    await there.isSame('all.ndjson here')
    await there.empty()
    const line = `import all.ndjson -c here${there.ttl}`
    const status = refused()
    if (status !== undefined) return expect(await there.run(line)).toMatchObject({ status })
    await there.does(line)
    await there.isSame('all.ndjson here')
    const again = await there.does(line)
    expect(again).toMatchObject({ stdout: '', stderr: expect.stringContaining('nothing to change: 3 instances') })
  })

  it('is seen to differ from an export after a change', async () => {
    await using there = await filled()
    await there.does('export --file all.ndjson -c here')
    const moved = ground().instance('i-0', { port: 9100 })
    await ground().register(there.backend, moved, { replace: true, ...(can.session && { ttl: null }) })
    const { status, stdout, stderr } = await there.run('diff all.ndjson here -o json')
    expect(status, stderr).toBe(1)
    const services = JSON.parse(stdout).items.map(({ service }: Json) => service)
    expect(new Set(services)).toEqual(new Set(['sre']))
  })

  it('is copied to an embedded registry, and from there', async () => {
    await using there = await filled()
    await there.does('copy here file:copy.db')
    await there.isSame('here file:copy.db')
    await there.empty()
    const line = `copy file:copy.db here${there.ttl}`
    const status = refused()
    if (status !== undefined) return expect(await there.run(line)).toMatchObject({ status })
    await there.does(line)
    await there.isSame('file:copy.db here')
  })

  it('is drained by host, and taken back, or is left as it is where nothing could be taken back', async () => {
    await using there = await Commands.for(ground(), can)
    const plain = { instance: ground().instance('i-1'), layout: undefined }
    const { instance, layout } = can.offline ? ground().registry.withStatus('sre', 'i-1', 9000) : plain
    await ground().register(there.backend, instance, { layout, ...(can.session && { ttl: null }) })
    const [before] = await there.instances()
    const host = new URL(before.endpoints[0].replace(/^\w+:/, 'http:')).hostname
    const drained = await there.run(`drain ${host} --yes --force -c here`)
    if (!can.offline && !can.restore) {
      expect(drained).toMatchObject({ status: 6, stderr: expect.stringContaining('cannot put back') })
      return expect(await there.instances()).toMatchObject([{ status: 'up' }])
    }
    expect(drained, drained.stderr).toMatchObject({ status: 0 })
    const out = await there.instances()
    if (can.offline)
      expect(out).toMatchObject([{ id: before.id, status: expect.stringMatching(/^(down|maintenance)$/) }])
    else expect(out).toEqual([])
    await there.does(`drain ${host} --back --yes -c here`)
    expect(await there.instances()).toMatchObject([{ id: before.id, status: 'up', endpoints: before.endpoints }])
  })
}

/** Command lines in a folder of their own, with the registry under test as the context `here`. */
class Commands implements AsyncDisposable {
  readonly backend: Backend
  /** What an import is to say where nothing is registered for good. */
  readonly ttl: string
  readonly #folder: string
  readonly #env: Readonly<Record<string, string>>
  readonly #ground: Ground
  readonly #can: Capabilities

  private constructor(ground: Ground, can: Capabilities, backend: Backend, folder: string) {
    this.backend = backend
    this.#can = can
    this.ttl = ground.registry.alwaysEnds ? ' --ttl 1h' : ''
    this.#ground = ground
    this.#folder = folder
    const own = { XDG_CONFIG_HOME: folder, XDG_STATE_HOME: folder, ROLLCALL_AIO_TTL: '1h' }
    this.#env = { ...own, ...ground.registry.named().env }
  }

  static async for(ground: Ground, can: Capabilities): Promise<Commands> {
    const folder = await mkdtemp(join(tmpdir(), 'rollcall-pipelines-'))
    const commands = new Commands(ground, can, await ground.open(), folder)
    const { url, token } = ground.registry.named()
    await writeFile(join(folder, 'token'), token ?? '')
    await commands.does(`context add here -r ${url}${token === undefined ? '' : ` --token-file ${folder}/token`}`)
    return commands
  }

  run(line: string): Promise<Ran> {
    return run(line, { cwd: this.#folder, env: this.#env })
  }

  async does(line: string): Promise<Ran> {
    const ran = await this.run(line)
    expect(ran, `${line}: ${ran.stderr}`).toMatchObject({ status: 0 })
    return ran
  }

  async isSame(sides: string): Promise<void> {
    const { stdout, stderr } = await this.run(`diff ${sides} -o json`)
    const fields = JSON.parse(stdout).items.map(({ difference, field }: Json) => field ?? difference)
    // A registry that checks what is registered finds nobody there.
    const { settings = [] } = this.#can
    expect(
      settings.includes('noChecks') ? fields.filter((field: string) => field !== 'status') : fields,
      stderr,
    ).toEqual([])
  }

  async instances(): Promise<Json[]> {
    const { stdout } = await this.does('ls --all -o json -c here')
    return JSON.parse(stdout).items
  }

  async empty(): Promise<void> {
    await collect(this.backend.remove(await this.#ground.records(this.backend)))
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await rm(this.#folder, { recursive: true })
  }
}
