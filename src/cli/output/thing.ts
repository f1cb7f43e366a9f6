import type { Output } from '../io.ts'
import { chooseFields } from './fields.ts'
import { API_VERSION, jsonLine, jsonText } from './json.ts'
import { loadYaml } from './yaml.ts'

export type ThingFormat = 'json' | 'ndjson' | 'yaml'

/** Whether a format is one that `writeThing` writes; the others are text that a command makes itself. */
export function isThingFormat(format: string): format is ThingFormat {
  return format === 'json' || format === 'ndjson' || format === 'yaml'
}

/** Writes a single thing: a bare object with apiVersion and kind; in ndjson the item alone on a line. @throws RollcallError `usage` */
export async function writeThing(
  stdout: Output,
  kind: string,
  thing: object,
  { format, fields }: { readonly format: ThingFormat; readonly fields?: readonly string[] | undefined },
): Promise<void> {
  const chosen = chooseFields(kind, fields)(thing)
  const whole = { apiVersion: API_VERSION, kind, ...chosen }
  if (format === 'json') return await stdout.write(jsonText(whole))
  if (format === 'ndjson') return await stdout.write(`${jsonLine(chosen)}\n`)
  const toYaml = await loadYaml()
  await stdout.write(toYaml(whole))
}
