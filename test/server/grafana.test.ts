import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { JournalWriter } from '../../src/client/journal/writer.ts'
import { STATUSES } from '../../src/model/status.ts'
import { wordOf } from '../../src/server/aio-record.ts'
import { type Metric, metricsIn } from './exposition.ts'
import { Ground } from './ground.ts'

interface Target {
  readonly expr: string
}
interface Panel {
  readonly title: string
  readonly targets: readonly Target[]
  readonly gridPos: { readonly x: number; readonly y: number; readonly w: number; readonly h: number }
}
interface Dashboard {
  readonly panels: readonly Panel[]
  readonly templating: { readonly list: readonly { readonly type: string; readonly query: string }[] }
}

const path = join(import.meta.dirname, '../../examples/grafana/rollcall.json')
const { panels, templating }: Dashboard = JSON.parse(await readFile(path, 'utf8'))
const queries = templating.list.filter(({ type }) => type === 'query').map(({ query }) => query)
const expressions = panels.flatMap(({ targets }) => targets.map(({ expr }) => expr))

/** A name with its selectors, as `name{label=~"value",…}`. */
const SELECTED = /([a-z_]+)\{([^}]*)\}/g
const LABEL = /([a-z_]+)(?:=|!=|=~|!~)"([^"]*)"/g
/** What Prometheus adds to every sample. */
const OF_PROMETHEUS = ['job', 'instance']

describe('the Grafana dashboard', () => {
  let folder: string
  let metrics: Metric[]
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'rollcall-grafana-'))
    const journal = await JournalWriter.open(join(folder, 'j.db'), {
      registry: 'memory:',
      now: Date.now,
      keep: 60_000,
      size: 10_000_000,
    })
    await using ground = await Ground.open('memory:', { journal })
    await ground.register('a')
    await (await fetch(`${ground.url}/metrics`)).text()
    metrics = metricsIn(await (await fetch(`${ground.url}/metrics`)).text())
  })
  afterAll(() => rm(folder, { recursive: true }))

  const labelsOf = (sample: string) =>
    metrics.flatMap(({ samples }) => samples.filter(({ name }) => name === sample).flatMap(({ labels }) => labels))

  it.each(expressions)('asks for what /metrics has: %s', (expression) => {
    const selected = [...expression.matchAll(SELECTED)]
    expect(selected.length).toBeGreaterThan(0)
    const names = metrics.flatMap(({ samples }) => samples.map(({ name }) => name))
    for (const [, name = '', labels = ''] of selected) {
      expect(names).toContain(name)
      for (const [, label = '', value = ''] of labels.matchAll(LABEL)) {
        expect([...labelsOf(name), ...OF_PROMETHEUS]).toContain(label)
        if (label === 'status') expect(STATUSES.map(wordOf)).toContain(value)
      }
      for (const [, by = ''] of expression.matchAll(/by \(([^)]*)\)/g))
        for (const label of by.split(', ')) expect([...labelsOf(name), ...OF_PROMETHEUS]).toContain(label)
    }
  })

  it('chooses servers by a metric that each has', () => {
    for (const query of queries) {
      const [, name] = /^label_values\((\w+)/.exec(query) ?? []
      expect(metrics.map((metric) => metric.name)).toContain(name)
    }
    expect(queries).toHaveLength(2)
  })

  it('shows every number of ours', () => {
    const ours = metrics.map(({ name }) => name).filter((name) => name.startsWith('rollcall_'))
    expect(ours.filter((name) => !expressions.some((expression) => expression.includes(name)))).toEqual([])
  })

  it('has panels that do not lie over one another', () => {
    const cells = panels.flatMap(({ gridPos: { x, y, w, h } }) =>
      Array.from({ length: w * h }, (_, at) => `${x + (at % w)},${y + Math.floor(at / w)}`),
    )
    expect(new Set(cells).size).toBe(cells.length)
  })
})
