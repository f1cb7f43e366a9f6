/** What every answer of the API is wrapped in. Source: the AIO registry's HTTP document. */
export interface Envelope {
  /** 20000: done. */
  readonly code: number
  readonly msg: string
  readonly data: unknown
}

export const SUCCESS = 20_000

export type Tree = Readonly<Record<string, unknown>>

/** Undefined for what is no answer of the API. */
export function envelopeIn(text: string): Envelope | undefined {
  const body = parsed(text)
  if (!isTree(body) || typeof body['code'] !== 'number') return undefined
  const { code, msg, data } = body
  return { code, msg: typeof msg === 'string' ? msg : '', data }
}

/** The value of a text that is JSON; undefined for any other. */
export function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

export function isTree(value: unknown): value is Tree {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
