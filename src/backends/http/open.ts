import { RollcallError } from '../../model/errors.ts'
import type { Backend } from '../contract/backend.ts'
import type { OpenOptions, Target } from '../contract/driver.ts'
import { readTls } from '../contract/tls.ts'
import { openAio } from './aio/backend.ts'
import { HttpApi } from './api.ts'
import { ServedBackend } from './served/backend.ts'
import { descriptionIn } from './served/description.ts'
import type { Description } from './wire.ts'

/**
 * Opens the registry behind a server, which is one of two kinds: a `rollcall serve`, which describes its registry, or any
 * other server of the AIO registry's API.
 *
 * @throws RollcallError `wrong-server` for a server of neither kind, `unreachable`, `unauthenticated`; the signal's reason
 */
export async function openHttp(target: Target, { logger, now, signal }: OpenOptions): Promise<Backend> {
  const tls = target.tls && (await readTls('http', target.tls))
  const api = new HttpApi(target, tls, logger)
  const { aioTtl } = target
  try {
    const description = await describeServer(api, signal)
    return description ? new ServedBackend({ api, description, now, aioTtl }) : openAio({ api, now, aioTtl })
  } catch (error) {
    api[Symbol.dispose]()
    throw error
  }
}

/** What a `rollcall serve` says of itself; undefined for another server of the API. @throws RollcallError for a server of neither kind */
export async function describeServer(api: HttpApi, signal: AbortSignal): Promise<Description | undefined> {
  const description = await describe(api, signal)
  if (!description) await checkApi(api, signal)
  return description
}

/** Undefined for a server that is not a `rollcall serve`. */
async function describe(api: HttpApi, signal: AbortSignal): Promise<Description | undefined> {
  try {
    return descriptionIn(await api.call({ path: '/capabilities', doing: 'read what the registry supports', signal }))
  } catch (error) {
    if (mayBeOfAnotherKind(error)) return undefined
    throw error
  }
}

function mayBeOfAnotherKind(error: unknown): boolean {
  return error instanceof RollcallError && !['unauthenticated', 'unreachable', 'timeout'].includes(error.code)
}

async function checkApi(api: HttpApi, signal: AbortSignal): Promise<void> {
  try {
    await api.call({ path: '/services', doing: 'list the services', signal })
  } catch (error) {
    if (!(error instanceof RollcallError) || error.code !== 'not-found') throw error
    throw new RollcallError('wrong-server', `http: ${api.target.display}: there is no registry`, {
      hint: 'check host, port and path: rollcall serve answers on port 8700 under /registry',
      cause: error,
    })
  }
}
