import { OpCode, Xid } from './codes.ts'
import type { Connection } from './connection.ts'
import { DigestMd5 } from './digest-md5.ts'
import { ConnectionLoss, LoginRefused } from './failures.ts'
import { type Request, sasl } from './requests.ts'

/** A login. `digest` is ZooKeeper's own: servers never refuse it, and the ACLs of nodes decide what it permits. */
export interface SessionLogin {
  readonly how: 'digest' | 'sasl'
  readonly user: string
  readonly password: string
}

/** Logs in on a connection, which each new one requires. Rejects with a ConnectionLoss. */
export async function logIn(connection: Connection, { how, user, password }: SessionLogin): Promise<void> {
  try {
    if (how === 'sasl') await logInBySteps(connection, new DigestMd5(user, password))
    else await connection.send(digest(user, password), Xid.auth)
  } catch (error) {
    if (error instanceof ConnectionLoss && how === 'digest') throw error
    const loss = new LoginRefused(connection.endpoint, `the user "${user}" is not let in`, error)
    connection.lose(loss)
    throw loss
  }
}

function digest(user: string, password: string): Request<void> {
  return {
    op: OpCode.auth,
    changes: false,
    write: (to) => to.int(0).text('digest').text(`${user}:${password}`),
    read() {},
  }
}

async function logInBySteps(connection: Connection, mechanism: DigestMd5): Promise<void> {
  const { answer: challenge } = await connection.send(sasl(new Uint8Array()))
  const { answer: verdict } = await connection.send(sasl(mechanism.respond(challenge.toString('utf8'))))
  mechanism.check(verdict.toString('utf8'))
}
