import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { cacheFolder, cached, onPath } from '../cache.ts'
import type { Provisioned, ServerKind } from '../kinds.ts'

const run = promisify(execFile)
const POM = join(import.meta.dirname, 'pom.xml')
/** The one that is tested against, and one from before recursive watches and reading many nodes at once. */
const VERSIONS = { current: '3.9.4', old: '3.5.10' }

/** ZooKeeper: java from PATH, and folders with its jars (`current`, `old`) from the cache, else fetched with Maven. */
export const zookeeper: ServerKind = {
  name: 'zookeeper',
  async provision(progress): Promise<Provisioned> {
    const java = await onPath('java')
    if (!java) throw new Error('there is no java on PATH to run it; install a Java 11 or newer')
    const pins = [await readFile(POM, 'utf8'), ...Object.values(VERSIONS)]
    const folder = cacheFolder('zookeeper', pins)
    if (!existsSync(folder)) await fetchJars(folder, progress)
    const jars = Object.keys(VERSIONS).map((name) => [name, join(folder, name)])
    return { programs: { java, ...Object.fromEntries(jars) } }
  },
}

async function fetchJars(folder: string, progress: (line: string) => void): Promise<void> {
  const mvn = await onPath('mvn')
  if (!mvn) throw new Error('there is no mvn on PATH to fetch it; install Maven 3')
  await cached(folder, async (temporary) => {
    for (const [name, version] of Object.entries(VERSIONS)) {
      progress(`fetching ZooKeeper ${version} with Maven, once for all runs`)
      const goal = ['dependency:copy-dependencies', '-DincludeScope=runtime']
      const values = [`-Dzookeeper.version=${version}`, `-DoutputDirectory=${join(temporary, name)}`]
      await run(mvn, ['-q', '-B', '-f', POM, ...goal, ...values], { maxBuffer: 1 << 26 })
    }
  })
}
