import { RollcallError } from '../../../model/errors.ts'
import type { JournalQuery } from '../../contract/journal.ts'
import type { HttpApi } from '../api.ts'
import { refusalOfPart } from '../errors.ts'
import { isJsonObject, parsed } from '../protocol.ts'
import { servicesIn } from './scan.ts'

const doing = 'read the history'

/** What the server's journal answers, line by line. @throws RollcallError `unsupported` where it keeps none; the signal's reason */
export async function* journal(api: HttpApi, asked: JournalQuery): AsyncGenerator<object, void, undefined> {
  const { since, at, signal } = asked
  const query = new URLSearchParams()
  if (since !== undefined) query.set('since', new Date(since).toISOString())
  if (at !== undefined) query.set('at', new Date(at).toISOString())
  for (const service of servicesIn(asked)) query.append('service', service)
  for await (const line of api.lines({ path: '/history', query, doing, signal })) {
    const step = parsed(line)
    if (!isJsonObject(step)) continue
    if (isJsonObject(step['error'])) throw refusalOfPart(step['error'], doing)
    if (step['end'] === true) return
    yield step
  }
  throw new RollcallError('unreachable', `http: ${api.target.display}: the answer ended too early`)
}
