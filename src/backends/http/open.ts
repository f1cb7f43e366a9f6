import { RollcallError } from '../../model/errors.ts'
import type { Backend, OpenOptions, Target } from '../contract/backend.ts'
import { readTls } from '../contract/tls.ts'
import { PlainBackend } from './aio/backend.ts'
import { Api, isOfAnother } from './api.ts'
import { descriptionIn } from './served/description.ts'
import { ServedBackend } from './served/backend.ts'
import type { Description } from './wire.ts'

/**
 * Asks the server which of two it is: `rollcall serve`, which tells what its registry can, or any other.
 *
 * @throws RollcallError `wrong-server` for what is neither, `unreachable`, `unauthenticated`
 */
export async function openHttp(target: Target, { logger, now, signal }: OpenOptions): Promise<Backend> {
  const tls = target.tls && (await readTls('http', target.tls))
  const api = new Api(target, tls, logger)
  const { aioTtl } = target
  try {
    const description = await describe(api, signal)
    if (description) return new ServedBackend({ api, description, now, aioTtl })
    await findPlain(api, signal)
    return new PlainBackend({ api, now, aioTtl })
  } catch (error) {
    api[Symbol.dispose]()
    throw error
  }
}

/** Undefined: it is no `rollcall serve`. */
async function describe(api: Api, signal: AbortSignal): Promise<Description | undefined> {
  try {
    return descriptionIn(await api.call({ path: '/capabilities', doing: 'ask what the registry can', signal }))
  } catch (error) {
    if (!isOfAnother(error)) throw error
    return undefined
  }
}

async function findPlain(api: Api, signal: AbortSignal): Promise<void> {
  try {
    await api.call({ path: '/services', doing: 'list the services', signal })
  } catch (error) {
    if (!(error instanceof RollcallError) || error.code !== 'not-found') throw error
    throw new RollcallError('wrong-server', `http: ${api.target.display}: there is no registry`, {
      hint: 'look at host, port and path: rollcall serve answers at port 8700 under /registry',
      cause: error,
    })
  }
}
