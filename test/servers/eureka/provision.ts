import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { cacheFolder, cached, onPath } from '../cache.ts'
import type { Provisioned, ServerKind } from '../kinds.ts'
import { programOf } from './server.ts'

const run = promisify(execFile)
const POM = join(import.meta.dirname, 'pom.xml')
const MAIN = join(import.meta.dirname, 'EurekaServer.java')

/** Eureka: java from PATH, and a folder with its jars from the cache, else fetched with Maven and compiled. */
export const eureka: ServerKind = {
  name: 'eureka',
  async provision(progress): Promise<Provisioned> {
    const java = await onPath('java')
    if (!java) throw new Error('there is no java on PATH to run it; install a JDK 17')
    const folder = cacheFolder('eureka', [await readFile(POM, 'utf8'), await readFile(MAIN, 'utf8')])
    if (!existsSync(folder)) await build(folder, progress)
    const archive = join(folder, 'archive')
    if (!existsSync(archive)) await cached(archive, (temporary) => startOnce(java, folder, temporary))
    return { programs: { java, eureka: folder } }
  },
}

async function build(folder: string, progress: (line: string) => void): Promise<void> {
  const [mvn, javac, jar] = [await onPath('mvn'), await onPath('javac'), await onPath('jar')]
  if (!mvn) throw new Error('there is no mvn on PATH to fetch it; install Maven 3')
  if (!javac || !jar) throw new Error('there is no javac and jar on PATH to compile it; install a JDK 17')
  await cached(folder, async (temporary) => {
    progress('fetching Eureka with Maven, once for all runs')
    const [lib, classes] = [join(temporary, 'lib'), join(temporary, 'classes')]
    const goal = ['dependency:copy-dependencies', '-DincludeScope=runtime', `-DoutputDirectory=${lib}`]
    await run(mvn, ['-q', '-B', '-f', POM, ...goal], { maxBuffer: 1 << 26 })
    await run(javac, ['-cp', join(lib, '*'), '-d', classes, MAIN])
    await run(jar, ['cf', join(lib, 'main.jar'), '-C', classes, '.'])
  })
}

/** Archives the classes that a start takes, which then takes a third of the time. The archive fits the jars where they lie. */
async function startOnce(java: string, folder: string, temporary: string): Promise<void> {
  const flags = ['-Donce=true', `-XX:ArchiveClassesAtExit=${join(temporary, 'classes.jsa')}`]
  await run(java, [...flags, ...(await programOf(folder)), '--server.port=0'], { maxBuffer: 1 << 26 })
}
