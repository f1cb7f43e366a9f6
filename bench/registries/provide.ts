import type { ServerKind } from '../../test/servers/kinds.ts'
import { say } from '../harness/bench.ts'

type Programs = Readonly<Record<string, string>>

/** The programs of a server that the bench starts itself. @throws Error with what is missing */
export async function programsOf(kind: ServerKind): Promise<Programs> {
  const { programs } = await kind.provision(say)
  if (programs === undefined) throw new Error(`there is no ${kind.name} to start, only one that runs`)
  return programs
}
