import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { readFile, readdir } from 'node:fs/promises'
import { delimiter, join } from 'node:path'
import { promisify } from 'node:util'
import { cacheFolder, cached, onPath } from './cache.ts'

const run = promisify(execFile)

/** A program of ours in Java, and the libraries that Maven fetches for it. */
export interface JavaModule {
  readonly name: string
  /** As people are told that it is fetched. */
  readonly title: string
  /** Where its pom.xml is. */
  readonly folder: string
  /** Where its code is. */
  readonly sources: string
}

/** Java, and the folder of the cache with the program's jars in `lib`. */
export interface JavaProgram {
  readonly java: string
  readonly folder: string
}

/** From the cache, else fetched with Maven and compiled; java is that of PATH. */
export async function javaProgram(module: JavaModule, progress: (line: string) => void): Promise<JavaProgram> {
  const java = await onPath('java')
  if (!java) throw new Error('there is no java on PATH to run it; install a JDK 17')
  const pom = join(module.folder, 'pom.xml')
  const code = (await readdir(module.sources)).filter((file) => file.endsWith('.java')).toSorted()
  const files = code.map((file) => join(module.sources, file))
  const pins = await Promise.all([pom, ...files].map((file) => readFile(file, 'utf8')))
  const folder = cacheFolder(module.name, pins)
  if (!existsSync(folder)) await build(folder, { ...module, pom, files }, progress)
  return { java, folder }
}

/** What follows `-cp`. */
export async function classPathOf(folder: string): Promise<string> {
  const jars = await readdir(join(folder, 'lib'))
  return jars
    .toSorted()
    .map((jar) => join(folder, 'lib', jar))
    .join(delimiter)
}

async function build(
  folder: string,
  { title, pom, files }: { title: string; pom: string; files: readonly string[] },
  progress: (line: string) => void,
): Promise<void> {
  const [mvn, javac, jar] = [await onPath('mvn'), await onPath('javac'), await onPath('jar')]
  if (!mvn) throw new Error('there is no mvn on PATH to fetch it; install Maven 3')
  if (!javac || !jar) throw new Error('there is no javac and jar on PATH to compile it; install a JDK 17')
  await cached(folder, async (temporary) => {
    progress(`fetching ${title} with Maven, once for all runs`)
    const [lib, classes] = [join(temporary, 'lib'), join(temporary, 'classes')]
    const goal = ['dependency:copy-dependencies', '-DincludeScope=runtime', `-DoutputDirectory=${lib}`]
    await run(mvn, ['-q', '-B', '-f', pom, ...goal], { maxBuffer: 1 << 26 })
    await run(javac, ['-cp', join(lib, '*'), '-d', classes, ...files])
    await run(jar, ['cf', join(lib, 'main.jar'), '-C', classes, '.'])
  })
}
