import { FrameworkProgram } from '../framework-program.ts'
import { serverOf } from '../with-server.ts'

/** What main.go knows. */
export type GoFramework = 'go-zero' | 'goframe' | 'grpc-naming' | 'kitex'

/** In seconds; Kitex' own is a minute. */
const KITEX_TTL = '5'

/** A Go application with its framework's registry at `host:port`. */
export function startGoFramework(framework: GoFramework, endpoint: string): FrameworkProgram {
  const { 'go-frameworks': program = '' } = serverOf('go-frameworks').programs ?? {}
  return new FrameworkProgram([program, framework, endpoint], { env: { KITEX_ETCD_REGISTRY_LEASE_TTL: KITEX_TTL } })
}
