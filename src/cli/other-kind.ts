import { RollcallError } from '../model/errors.ts'
import type { Context } from './context.ts'

/** An error of a server that is no registry of the kind that was named says which kind it is, where it is one. */
export async function namingOtherKind(error: unknown, context: Context): Promise<unknown> {
  if (!(error instanceof RollcallError) || error.code !== 'wrong-server' || context.signal.aborted) return error
  const { whatAnswers } = await import('../backends/what-answers.ts')
  const { target } = await context.resolved()
  for (const endpoint of target.endpoints) {
    const found = await whatAnswers(endpoint, context.signal)
    if (!found?.driver.sign || found.driver.name === target.driver) continue
    const { driver, scheme } = found
    return new RollcallError(error.code, error.message, {
      hint: `that is ${driver.sign?.title}: write ${scheme}://${target.endpoints.join(',')}`,
      cause: error,
    })
  }
  return error
}
