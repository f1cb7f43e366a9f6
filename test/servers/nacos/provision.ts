import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { readFile, writeFile } from 'node:fs/promises'
import { basename, delimiter, join } from 'node:path'
import { promisify } from 'node:util'
import { cacheFolder, cached, onPath } from '../cache.ts'
import type { Provisioned, ServerKind } from '../kinds.ts'

const run = promisify(execFile)
const POM = join(import.meta.dirname, 'pom.xml')

/** Nacos: java from PATH, and a folder with its jars and their order from the cache, else fetched with Maven. */
export const nacos: ServerKind = {
  name: 'nacos',
  async provision(progress): Promise<Provisioned> {
    const endpoint = process.env['ROLLCALL_TEST_NACOS']
    const enough = endpoint !== undefined && process.env['ROLLCALL_TEST_REQUIRE'] !== 'all'
    const folder = cacheFolder('nacos', [await readFile(POM, 'utf8')])
    const programs = enough && !existsSync(folder) ? undefined : await programsIn(folder, progress)
    return { ...(endpoint ? { endpoint } : {}), ...(programs ? { programs } : {}) }
  },
}

async function programsIn(folder: string, progress: (line: string) => void): Promise<Record<string, string>> {
  const java = await onPath('java')
  if (!java) throw new Error('there is no java on PATH to run it; install a JDK 17')
  if (!existsSync(folder)) await fetchJars(folder, progress)
  return { java, nacos: folder }
}

async function fetchJars(folder: string, progress: (line: string) => void): Promise<void> {
  const mvn = await onPath('mvn')
  if (!mvn) throw new Error('there is no mvn on PATH to fetch it; install Maven 3')
  await cached(folder, async (temporary) => {
    progress('fetching Nacos with Maven, once for all runs')
    const order = join(temporary, 'order')
    const goals = ['dependency:copy-dependencies', 'dependency:build-classpath', '-DincludeScope=runtime']
    const values = [`-DoutputDirectory=${join(temporary, 'lib')}`, `-Dmdep.outputFile=${order}`]
    await run(mvn, ['-q', '-B', '-f', POM, ...goals, ...values], { maxBuffer: 1 << 26 })
    // Two of the jars have the same packages in them, so their order counts.
    const jars = (await readFile(order, 'utf8')).trim().split(delimiter)
    await writeFile(order, jars.map((jar) => basename(jar)).join('\n'))
  })
}
