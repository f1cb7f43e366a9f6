/** How what was found reaches the screen, a file or another program. */
export {
  type Severity,
  type Colours,
  type Tone,
  colourless,
  createColours,
  toneOfSeverity,
  toneOfStatus,
} from './colours.ts'
export { clean } from './clean.ts'
export type { Column, TableOf } from './column.ts'
export { type Detail, renderDetails, renderInstance } from './details.ts'
export type { ListFacts } from './encoder.ts'
export { EVENT_FORMATS, type EventFormat, eventWriter } from './event-writer.ts'
export { type EventItem, type ShownEvent, eventItem, eventLine } from './events.ts'
export { API_VERSION, jsonLine, jsonText } from './json.ts'
export { type ListOptions, type ListWriter, encodedWriter, listWriter } from './list-writer.ts'
export { FORMATS, type Format, type OutputFlags, type OutputOptions, parseOutput } from './options.ts'
export { amount, grouped } from './quantity.ts'
export { renderError } from './render-error.ts'
export { malformedLine, summaryLines } from './summary-lines.ts'
export { type TableOptions, renderTable } from './table.ts'
export { type ContextItem, contextsTable } from './tables/contexts.ts'
export { findingsTable } from './tables/findings.ts'
export { allInstancesTable, instancesTable } from './tables/instances.ts'
export { type PlannedItem, planTable } from './tables/plan.ts'
export { servicesTable } from './tables/services.ts'
export { statsTable } from './tables/stats.ts'
export { type VerdictItem, verdictsTable } from './tables/verdicts.ts'
export { writesTable } from './tables/writes.ts'
export { type ThingFormat, isThingFormat, writeThing } from './thing.ts'
export { secondsForPeople, timeForPeople } from './times.ts'
