import { stat } from 'node:fs/promises'
import { resolve } from 'node:path'
import { pause } from '../../model/back-off.ts'
import { checkEndpoint } from '../../client/probe/health.ts'
import { withoutPassword } from '../../model/endpoint-secret.ts'
import { parseAddress } from '../../model/endpoint.ts'
import { RollcallError } from '../../model/errors.ts'
import { type OptionValues, value } from '../args/options.ts'

export const readinessOptions = {
  readyHttp: value('--ready-http <url>', 'register once a GET of this URL, without a login, is answered with 2xx'),
  readyTcp: value('--ready-tcp <host:port>', 'register once this address takes a connection'),
  readyFile: value('--ready-file <path>', 'register once this file is there'),
} as const

/** Whether the command is ready now. The one of a file rejects while that is not there. */
type Check = (signal: AbortSignal) => Promise<boolean>

/** Milliseconds. */
const EVERY = 200

/** The checks that the flags ask for, none of them made yet. @throws RollcallError `usage` for an address that is none */
export function readinessFrom(flags: OptionValues<typeof readinessOptions>, cwd: string): readonly Check[] {
  const { readyHttp, readyTcp, readyFile } = flags
  return [
    ...(readyHttp === undefined ? [] : [httpCheck(readyHttp)]),
    ...(readyTcp === undefined ? [] : [tcpCheck(readyTcp)]),
    ...(readyFile === undefined ? [] : [() => stat(resolve(cwd, readyFile)).then(() => true)]),
  ]
}

/** Waits until each check has succeeded once, one after the other. @throws the signal's reason */
export async function untilReady(checks: readonly Check[], signal: AbortSignal): Promise<void> {
  for (const check of checks) while (!(await succeeds(check, signal))) await pause(EVERY, signal)
}

async function succeeds(check: Check, signal: AbortSignal): Promise<boolean> {
  try {
    return await check(signal)
  } catch {
    signal.throwIfAborted()
    return false
  }
}

function httpCheck(text: string): Check {
  const url = URL.canParse(text) ? new URL(text) : undefined
  if (!url || !/^https?:$/.test(url.protocol) || url.username !== '' || url.password !== '')
    throw notTaken('--ready-http', text, 'http://127.0.0.1:8080/health')
  const port = Number(url.port) || (url.protocol === 'https:' ? 443 : 80)
  const endpoint = `${url.protocol}//${url.hostname}:${port}`
  const path = `${url.pathname}${url.search}`
  return async (signal) => (await checkEndpoint(endpoint, { path, signal })).healthy
}

function tcpCheck(text: string): Check {
  if (!parseAddress(text)) throw notTaken('--ready-tcp', text, '127.0.0.1:9000')
  return async (signal) => (await checkEndpoint(text, { signal })).healthy
}

function notTaken(flag: string, text: string, example: string): RollcallError {
  return new RollcallError('usage', `${flag} "${withoutPassword(text)}" is not an address to ask`, {
    hint: `write for example ${flag} ${example}`,
  })
}
