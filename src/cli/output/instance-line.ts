import type { InstanceEntry } from '../../model/reading.ts'
import { type InstanceDetail, besideInstance, instanceItem } from '../../reports/instances.ts'
import { jsonLine } from './json.ts'

/** The `jsonLine` of an instance's item. Of the instance itself the record has the text, nearly always: that is taken as it is. */
export function instanceLine(entry: InstanceEntry, detail: InstanceDetail): string {
  const { json } = entry
  if (json === undefined) return jsonLine(instanceItem(entry, detail))
  return `${json.slice(0, -1)},${jsonLine(besideInstance(entry, detail)).slice(1)}`
}
