import type { RollcallError } from '../../model/errors.ts'
import { beginning, clean } from './clean.ts'
import { type Colours, colourless } from './colours.ts'
import { API_VERSION, jsonLine } from './json.ts'

/**
 * An error for standard error, with its line end: `rollcall: message` and the hint below, or one JSON object.
 * A message may have several lines (an endpoint each); what they quote may not.
 */
export function renderError(error: RollcallError, format: 'text' | 'json', colours: Colours = colourless): string {
  const { code, message, hint } = error
  if (format === 'json') {
    return `${jsonLine({ apiVersion: API_VERSION, kind: 'Error', code, message, ...(hint === undefined ? {} : { hint }) })}\n`
  }
  const [fact = '', ...rest] = [...message.split('\n'), ...(hint === undefined ? [] : hint.split('\n'))].map(clean)
  return [`${colours('bad', 'rollcall:')} ${fact}`, ...rest.map((line) => beginning(`  ${line}`)), ''].join('\n')
}

/** What is no error of the user, with its stack. */
export function renderBug(error: unknown, format: 'text' | 'json'): string {
  const stack = error instanceof Error ? (error.stack ?? error.message) : String(error)
  if (format === 'json') return `${jsonLine({ apiVersion: API_VERSION, kind: 'Error', code: 'bug', message: stack })}\n`
  return `rollcall: this is a bug: ${stack.split('\n').map(clean).join('\n')}\n`
}
