import type { HttpAnswer } from '../contract/http-calls.ts'
import { isObject } from './host.ts'

/** An answer in which Nacos refuses a call. It leaves this folder only as the cause of another error. */
export class Refusal extends Error {
  readonly status: number
  /** Nacos' own code, where the answer has one: 20004, 21008 and so on. */
  readonly code: number | undefined
  /** In the server's words, on one line. */
  readonly said: string
  /** The server requires TLS, and was called without. */
  readonly wantsTls: boolean

  constructor(status: number, code: number | undefined, text: string) {
    const said = onOneLine(text)
    super(`HTTP ${status}: ${said}`)
    this.name = 'Refusal'
    this.status = status
    this.code = code
    this.said = said
    this.wantsTls = /requires TLS|plain HTTP request was sent to HTTPS|HTTP request to an HTTPS server/i.test(text)
  }

  /** There is no such path on this server, or it has disabled that version of the API. */
  get isOfThePath(): boolean {
    return this.status === 410 || this.code === 40_000 || (this.status === 404 && this.code === undefined)
  }

  /** The service, the cluster or the instance that was asked for does not exist. */
  get isAbsence(): boolean {
    return (
      this.code === 20_004 || this.code === 21_008 || /is not found!|not found, namespace|no matched ip/.test(this.said)
    )
  }

  get wantsNewToken(): boolean {
    return (this.status === 401 || this.status === 403) && /token|Code: 401/i.test(this.said)
  }

  /** The node is starting, cut off from its cluster, or has another view of it: another node may answer. */
  get isOfTheNode(): boolean {
    const isUnsettled = this.said.includes('invalid redirect request')
    return this.status === 502 || this.status === 503 || this.status === 504 || isUnsettled
  }
}

/** An answer that does not come from Nacos. */
export class ForeignAnswer extends Error {}

/** The content of an answer: its `data` where it is an envelope. @throws Refusal, ForeignAnswer */
export function contentOf({ status, text }: HttpAnswer): unknown {
  const body = parsed(text)
  const envelope = isObject(body) && typeof body['code'] === 'number' && 'data' in body ? body : undefined
  const code = typeof envelope?.['code'] === 'number' ? envelope['code'] : undefined
  if (status >= 400) throw new Refusal(status, code, saidIn(body, text))
  if (envelope) {
    if (code === 0 || code === 200) return envelope['data']
    throw new Refusal(status, code, saidIn(body, text))
  }
  if (body !== undefined || text.trim() === 'ok') return body ?? 'ok'
  throw new ForeignAnswer(`HTTP ${status}`)
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

/** The reason of a refusal: version 1 has it as text, an envelope in `data` or `message`, the web framework in `message`. */
function saidIn(body: unknown, text: string): string {
  const fields = isObject(body) ? [body['data'], body['message'], body['error']] : [text]
  const said = fields.find((field): field is string => typeof field === 'string' && field !== '')
  return said ?? 'no reason given'
}

function onOneLine(text: string): string {
  const [line = ''] = text.trim().split('\n', 1)
  const bare = line.replace(/^caused: (.*?);?$/, '$1').replace(/^errCode: \d+, errMsg: /, '')
  return bare.length > 200 ? `${bare.slice(0, 200)}…` : bare
}
