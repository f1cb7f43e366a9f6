import { RollcallError } from '../../model/errors.ts'
import type { RegistryUrl } from '../../model/registry-url.ts'

/** Where the API begins unless the URL says otherwise. */
const BASE = '/registry'

/** The path below which the API lies, without a slash at its end. */
export function basePath({ path }: RegistryUrl): string {
  return path.replace(/\/+$/, '') || BASE
}

/** Whether a path can have this text as a segment. */
export function isSegment(text: string): boolean {
  return text !== '' && text !== '.' && text !== '..'
}

/** One segment of a path, escaped. @throws RollcallError `usage` for a text that a path cannot have as a segment */
export function segment(text: string): string {
  if (isSegment(text)) return encodeURIComponent(text)
  throw new RollcallError('usage', `"${text}" cannot be requested over HTTP: in a URL it means another path`)
}

/** What every answer of the API is wrapped in. Source: the AIO registry's HTTP document. */
export interface Envelope {
  /** 20000 for a success. */
  readonly code: number
  readonly msg: string
  readonly data: unknown
}

export const SUCCESS = 20_000

/** The envelope in the text of an answer; undefined where the API did not write it. */
export function envelopeIn(text: string): Envelope | undefined {
  const body = parsed(text)
  if (!isJsonObject(body) || typeof body['code'] !== 'number') return undefined
  const { code, msg, data } = body
  return { code, msg: typeof msg === 'string' ? msg : '', data }
}

export type JsonObject = Readonly<Record<string, unknown>>

/** The value of a text that is JSON; undefined for any other. */
export function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

export function isJsonObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
