import { mkdtemp } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { FrameworkProgram } from '../framework-program.ts'
import { classPathOf } from '../java-programs.ts'
import { serverOf } from '../with-server.ts'

/** What Main.java knows. */
export type JavaFramework = 'curator' | 'dubbo' | 'spring'

/** A Java application with its framework's registry at `host:port`. */
export async function startJavaFramework(framework: JavaFramework, endpoint: string): Promise<FrameworkProgram> {
  const { java = '', 'java-frameworks': folder = '' } = serverOf('java-frameworks').programs ?? {}
  const machine = ['-Xmx256m', '-XX:TieredStopAtLevel=1', '-XX:+UseSerialGC', '-cp', await classPathOf(folder)]
  // Dubbo keeps files in the home of its user.
  const home = await mkdtemp(join(tmpdir(), 'rollcall-java-frameworks-'))
  const command = [java, `-Duser.home=${home}`, ...machine, 'frameworks.Main', framework, endpoint]
  return new FrameworkProgram(command, { folder: home })
}
