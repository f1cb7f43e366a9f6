/** One metric of a text that Prometheus reads, and its samples. Source: "Exposition formats" of Prometheus' documentation. */
export interface Metric {
  readonly name: string
  help?: string
  type?: string
  readonly samples: { readonly name: string; readonly labels: readonly string[]; readonly value: number }[]
}

const SAMPLE = /^([a-zA-Z_:][\w:]*)(?:\{(.*)\})? (\S+)$/
const LABEL = /([a-zA-Z_]\w*)="((?:[^"\\\n]|\\["\\n])*)"(?:,|$)/y
const SUFFIXES = { histogram: ['_bucket', '_sum', '_count'], summary: ['_sum', '_count'] } as const

/** @throws Error for what Prometheus would not read */
export function metricsIn(text: string): Metric[] {
  if (!text.endsWith('\n')) throw new Error('the last line has no end')
  const metrics = new Map<string, Metric>()
  const of = (name: string) => {
    const metric = metrics.get(name) ?? { name, samples: [] }
    metrics.set(name, metric)
    return metric
  }
  for (const line of text.split('\n').filter(Boolean)) {
    const [, kind, name = '', rest = ''] = /^# (HELP|TYPE) (\S+) (.*)$/.exec(line) ?? []
    if (kind === 'HELP') of(name).help = rest
    else if (kind === 'TYPE') of(name).type = rest
    else if (!line.startsWith('#')) {
      const [, sample = '', labels = '', value = ''] = SAMPLE.exec(line) ?? []
      if (Number.isNaN(Number(value)) && !/^(?:nan|[+-]Inf)$/i.test(value)) throw new Error(`no sample: ${line}`)
      const owner = ownerOf(sample, metrics)
      of(owner).samples.push({ name: sample, labels: labelsIn(labels), value: Number(value) })
    }
  }
  return [...metrics.values()]
}

function ownerOf(sample: string, metrics: ReadonlyMap<string, Metric>): string {
  for (const [type, suffixes] of Object.entries(SUFFIXES))
    for (const suffix of suffixes) {
      const base = sample.endsWith(suffix) ? sample.slice(0, -suffix.length) : ''
      if (metrics.get(base)?.type === type) return base
    }
  return sample
}

function labelsIn(text: string): string[] {
  const names: string[] = []
  LABEL.lastIndex = 0
  for (let at = 0; at < text.length; at = LABEL.lastIndex) {
    const [, name] = LABEL.exec(text) ?? []
    if (name === undefined) throw new Error(`no labels: ${text}`)
    names.push(name)
  }
  return names
}

const UNITS = {
  milliseconds: 'seconds',
  minutes: 'seconds',
  hours: 'seconds',
  kilobytes: 'bytes',
  megabytes: 'bytes',
  percent: 'ratio',
}
const ABBREVIATIONS = /_(s|ms|us|ns|sec|b|kb|mb|gb|tb|pb|m|h|d)$/

/** What `promtool check metrics` says of a metric. Source: its rules, in client_golang's promlint. */
export function problemsOf({ name, help, type, samples }: Metric): string[] {
  const isCounter = type === 'counter'
  const found: (string | false)[] = [
    !help && 'has no help',
    !type && 'has no type',
    isCounter && !name.endsWith('_total') && 'is a counter without _total',
    !isCounter && name.endsWith('_total') && 'is not a counter, and ends in _total',
    type !== 'histogram' && name.endsWith('_bucket') && 'is not a histogram, and ends in _bucket',
    type !== 'histogram' && type !== 'summary' && /_(count|sum)$/.test(name) && 'ends in a reserved word',
    /(^|_)(counter|gauge|histogram|summary|untyped)($|_)/.test(name) && 'has its type in its name',
    name.includes(':') && 'has a colon',
    /[a-z][A-Z]/.test(name) && 'is in camel case',
    ABBREVIATIONS.test(name) && 'has an abbreviated unit',
    ...Object.entries(UNITS).map(([unit, base]) => name.includes(unit) && `should be in ${base}`),
    ...samples.flatMap(({ labels }) => [
      new Set(labels).size < labels.length && 'has a label twice',
      labels.some((label) => /[a-z][A-Z]/.test(label)) && 'has a label in camel case',
      type !== 'histogram' && labels.includes('le') && 'has the label le',
      type !== 'summary' && labels.includes('quantile') && 'has the label quantile',
    ]),
  ]
  return [...new Set(found.filter((problem) => problem !== false))].map((problem) => `${name} ${problem}`)
}
