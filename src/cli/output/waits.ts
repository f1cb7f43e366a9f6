import type { WaitCondition } from '../../client/wait/condition.ts'
import type { ServiceState, WaitState } from '../../client/wait/state.ts'
import { type InstanceItem, instanceItem } from '../../reports/instances.ts'
import type { Context } from '../command.ts'
import type { Encoder, TableOf } from './columns.ts'
import { isThingFormat, writeThing } from './documents.ts'
import { annotation } from './github.ts'
import { allInstancesTable, instancesTable } from './instances.ts'
import { type TestCase, junitDocument } from './junit.ts'
import { encodedWriter, printList } from './list-writer.ts'
import type { ClaimFormat, OutputOptions } from './options.ts'

/** How a wait ended. */
export interface WaitOutcome {
  readonly condition: WaitCondition
  /** By the names of their flags. */
  readonly selectors: Readonly<Record<string, readonly string[]>>
  readonly state: WaitState
  /** The registry, for people. */
  readonly registry: string
}

/** Writes who is there, and for programs whether the condition holds: of one service as one thing, of several as a list. */
export async function writeWait(
  context: Context,
  output: OutputOptions<ClaimFormat>,
  outcome: WaitOutcome,
): Promise<void> {
  const { format, fields } = output
  const { services } = outcome.state
  const results = services.map((service) => resultOf(service, outcome))
  const [only, ...others] = results
  if (format === 'github') return await encoded(context, githubWaits, services)
  if (format === 'junit') return await encoded(context, junitWaits(outcome.registry), services)
  if (isThingFormat(format)) {
    if (only && others.length === 0) return await writeThing(context.io.stdout, 'WaitResult', only, { format, fields })
    const writer = await printList(context, 'WaitResultList', resultsTable, { ...output, format, columns: undefined })
    for (const result of results) await writer.row(result)
    return await writer.end()
  }
  const items = results.flatMap((result) => result.items)
  if (items.length === 0) return
  const isOne = outcome.condition.scope.services?.length === 1
  const table = isOne ? instancesTable : allInstancesTable
  const writer = await printList(context, 'InstanceList', table, { ...output, format })
  for (const item of items) await writer.row(item)
  await writer.end()
}

/** One service, as `rollcall schema WaitResult` describes it. */
interface WaitResult
  extends Pick<WaitCondition, 'min' | 'max' | 'statuses'>,
    Partial<Pick<ServiceState, 'candidates' | 'others' | 'failedOn'>> {
  readonly service: string
  readonly satisfied: boolean
  readonly instances: number
  /** Seconds. */
  readonly stable?: number
  readonly selectors?: WaitOutcome['selectors']
  readonly items: readonly InstanceItem[]
  readonly message?: string
}

function resultOf(
  { service, entries, counted, candidates, others, failed, failedOn }: ServiceState,
  { condition: { min, max, statuses, selection, stable }, selectors }: WaitOutcome,
): WaitResult {
  return {
    service,
    satisfied: failed === undefined,
    instances: counted,
    min,
    ...(max === undefined ? {} : { max }),
    ...(statuses === undefined ? {} : { statuses }),
    ...(stable === undefined ? {} : { stable: stable / 1000 }),
    ...(selection === undefined ? {} : { selectors, candidates, others }),
    items: entries.map((entry) => instanceItem(entry)),
    ...(failedOn === undefined ? {} : { failedOn }),
    ...(failed === undefined ? {} : { message: failed }),
  }
}

/** Its results are written as JSON and YAML only, which need no columns. */
const resultsTable: TableOf<WaitResult> = { columns: [], name: ({ service }) => service }

async function encoded(
  context: Context,
  encoder: Encoder<ServiceState>,
  services: readonly ServiceState[],
): Promise<void> {
  const writer = await encodedWriter(context, encoder)
  for (const service of services) await writer.row(service)
  await writer.end()
}

/** GitHub's annotations, for services of which the condition does not hold. */
const githubWaits: Encoder<ServiceState> = {
  open: () => '',
  row: ({ service, failed }) =>
    failed === undefined ? '' : annotation({ level: 'error', title: `wait ${service}`, text: `${service}: ${failed}` }),
  close: () => '',
}

/** JUnit XML with a test case for each service. */
function junitWaits(registry: string): Encoder<ServiceState> {
  const cases: TestCase[] = []
  return {
    open: () => '',
    row(service) {
      cases.push(caseOf(service))
      return ''
    },
    close: () => junitDocument({ name: 'rollcall wait', registry, cases }),
  }
}

/** Instances that a failed test lists. */
const LISTED = 20

function caseOf({ service, entries, failed }: ServiceState): TestCase {
  const named = { name: service, classname: 'wait' }
  if (failed === undefined) return named
  const lines = entries
    .slice(0, LISTED)
    .map(({ instance, observed }) => [instance.id, observed.status, instance.version].filter(Boolean).join(' '))
  const more = entries.length > LISTED ? [`and ${entries.length - LISTED} more`] : []
  return { ...named, failure: { type: 'condition', message: failed, lines: [failed, ...lines, ...more] } }
}
