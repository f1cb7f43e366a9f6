import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { cached } from '../cache.ts'
import { type JavaModule, javaProgram } from '../java-programs.ts'
import type { Provisioned, ServerKind } from '../kinds.ts'
import { programOf } from './server.ts'

const run = promisify(execFile)
const folder = import.meta.dirname
const MODULE: JavaModule = { name: 'eureka', title: 'Eureka', folder, sources: folder }

/** Eureka: java from PATH, and a folder with its jars from the cache, else fetched with Maven and compiled. */
export const eureka: ServerKind = {
  name: 'eureka',
  async provision(progress): Promise<Provisioned> {
    const { java, folder: built } = await javaProgram(MODULE, progress)
    const archive = join(built, 'archive')
    if (!existsSync(archive)) await cached(archive, (temporary) => startOnce(java, built, temporary))
    return { programs: { java, eureka: built } }
  },
}

/** Archives the classes that a start takes, which then takes a third of the time. The archive fits the jars where they lie. */
async function startOnce(java: string, built: string, temporary: string): Promise<void> {
  const flags = ['-Donce=true', `-XX:ArchiveClassesAtExit=${join(temporary, 'classes.jsa')}`]
  await run(java, [...flags, ...(await programOf(built)), '--server.port=0'], { maxBuffer: 1 << 26 })
}
