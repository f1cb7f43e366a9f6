import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { cacheFolder, cached, onPath } from '../cache.ts'
import type { Provisioned, ServerKind } from '../kinds.ts'

const run = promisify(execFile)
const PACKAGE = 'schemathesis==4.32.5'

/** No server, but a program that asks one: schemathesis, in a Python environment of its own in the cache. */
export const schemathesis: ServerKind = {
  name: 'schemathesis',
  async provision(progress): Promise<Provisioned> {
    const python3 = await onPath('python3')
    if (!python3) throw new Error('there is no python3 on PATH to run it; install Python 3.10 or newer')
    const folder = await cached(cacheFolder('schemathesis', [PACKAGE, python3]), async (temporary) => {
      progress('fetching schemathesis with pip, once for all runs')
      await run(python3, ['-m', 'venv', temporary])
      await run(join(temporary, 'bin/python'), ['-m', 'pip', 'install', '--quiet', PACKAGE])
    })
    return { programs: { python: join(folder, 'bin/python') } }
  },
}
