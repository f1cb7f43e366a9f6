import { stat } from 'node:fs/promises'
import { resolve } from 'node:path'
import { pause } from '../../model/back-off.ts'
import { askHttp, askTcp } from '../../client/probe/transports.ts'
import { withoutPassword } from '../../model/endpoint-secret.ts'
import { parseAddress } from '../../model/endpoint.ts'
import { RollcallError } from '../../model/errors.ts'
import { within } from '../../model/signals.ts'
import { type OptionValues, value } from '../args/options.ts'

export const readinessOptions = {
  readyHttp: value('--ready-http <url>', 'register once a GET of this URL, without a login, is answered with 2xx'),
  readyTcp: value('--ready-tcp <host:port>', 'register once this address takes a connection'),
  readyFile: value('--ready-file <path>', 'register once this file is there'),
} as const

/** Whether the command is ready now. Rejects where it is not. */
type Check = (signal: AbortSignal) => Promise<unknown>

/** Milliseconds. */
const EVERY = 200
const ANSWER_WITHIN = 3_000

/** The checks that the flags ask for, none of them made yet. @throws RollcallError `usage` for an address that is none */
export function readinessFrom(flags: OptionValues<typeof readinessOptions>, cwd: string): readonly Check[] {
  const { readyHttp, readyTcp, readyFile } = flags
  return [
    ...(readyHttp === undefined ? [] : [httpCheck(readyHttp)]),
    ...(readyTcp === undefined ? [] : [tcpCheck(readyTcp)]),
    ...(readyFile === undefined ? [] : [() => stat(resolve(cwd, readyFile))]),
  ]
}

/** Waits until each check has succeeded once, one after the other. @throws the signal's reason */
export async function untilReady(checks: readonly Check[], signal: AbortSignal): Promise<void> {
  for (const check of checks) while (!(await succeeds(check, signal))) await pause(EVERY, signal)
}

async function succeeds(check: Check, signal: AbortSignal): Promise<boolean> {
  try {
    await check(within(ANSWER_WITHIN, signal))
    return true
  } catch {
    signal.throwIfAborted()
    return false
  }
}

function httpCheck(text: string): Check {
  const url = URL.canParse(text) ? new URL(text) : undefined
  if (!url || !/^https?:$/.test(url.protocol) || url.username !== '' || url.password !== '')
    throw notTaken('--ready-http', text, 'http://127.0.0.1:8080/health')
  const secure = url.protocol === 'https:'
  const host = url.hostname.replace(/^\[|\]$/g, '')
  const asked = { scheme: 'http', host, port: Number(url.port) || (secure ? 443 : 80), secure }
  return async (signal) => {
    const status = await askHttp(asked, `${url.pathname}${url.search}`, signal)
    if (status < 200 || status > 299) throw new Error(`HTTP ${status}`)
  }
}

function tcpCheck(text: string): Check {
  const address = parseAddress(text)
  if (!address) throw notTaken('--ready-tcp', text, '127.0.0.1:9000')
  return (signal) => askTcp({ ...address, scheme: 'tcp', secure: false }, signal)
}

function notTaken(flag: string, text: string, example: string): RollcallError {
  return new RollcallError('usage', `${flag} "${withoutPassword(text)}" is not an address to ask`, {
    hint: `write for example ${flag} ${example}`,
  })
}
