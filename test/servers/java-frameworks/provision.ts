import { join } from 'node:path'
import { type JavaModule, javaProgram } from '../java-programs.ts'
import type { Provisioned, ServerKind } from '../kinds.ts'

const folder = import.meta.dirname
const MODULE: JavaModule = {
  name: 'java-frameworks',
  title: "Java's frameworks",
  folder,
  sources: join(folder, 'frameworks'),
}

/** A program that registers and finds with the libraries of Java's frameworks, at the versions of pom.xml: Main.java says how. */
export const javaFrameworks: ServerKind = {
  name: MODULE.name,
  async provision(progress): Promise<Provisioned> {
    const { java, folder: built } = await javaProgram(MODULE, progress)
    return { programs: { java, [MODULE.name]: built } }
  },
}
