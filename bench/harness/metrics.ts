/** What can be measured, and its unit. Those of processes first: every row has them. */
export const METRICS = {
  /** From the start of the process to its end, or to the last line that is waited for. */
  wall: 'ms',
  /** Processor time of the program that is run, user and system, all threads, and of the programs that it starts. */
  client: 'ms',
  /** The same of the registry's processes while it runs. */
  server: 'ms',
  /** Resident, at the peak. */
  memory: 'MB',
  p99: 'ms',
  rate: '/s',
} as const

export type Metric = keyof typeof METRICS

/** What one measurement found. */
export type Sample = Partial<Record<Metric, number>>

export const NAMES: readonly Metric[] = Object.keys(METRICS).filter(isMetric)

export function isMetric(name: string): name is Metric {
  return Object.hasOwn(METRICS, name)
}

export function amount(value: number, metric: Metric): string {
  const number = value < 10 ? value.toFixed(1) : Math.round(value).toLocaleString('en')
  return `${number}${metric === 'rate' ? '' : ' '}${METRICS[metric]}`
}
