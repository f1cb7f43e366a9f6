import { freePorts } from '../ports.ts'
import { type ZooKeeperServer, startZooKeeper } from './start.ts'

/** Three ZooKeepers that elect a leader. */
export class ZooKeeperEnsemble implements AsyncDisposable {
  readonly members: readonly ZooKeeperServer[]

  private constructor(members: readonly ZooKeeperServer[]) {
    this.members = members
  }

  static async start(): Promise<ZooKeeperEnsemble> {
    const ids = [1, 2, 3]
    const ports = await freePorts(2 * ids.length)
    const servers = ids.map((id, at) => `server.${id}=127.0.0.1:${ports[2 * at]}:${ports[2 * at + 1]}`)
    // In ticks of a quarter of a second: a busy machine takes its time.
    const lines = [...servers, 'initLimit=60', 'syncLimit=20']
    return new ZooKeeperEnsemble(await Promise.all(ids.map((id) => startZooKeeper({ member: { id, lines } }))))
  }

  /** All of them, as a URL has them. */
  get hosts(): string {
    return this.members.map(({ endpoint }) => endpoint).join(',')
  }

  async leader(): Promise<ZooKeeperServer> {
    for (const member of this.members) if ((await member.tell('srvr')).includes('Mode: leader')) return member
    throw new Error('nobody leads')
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.members.map((member) => member[Symbol.asyncDispose]()))
  }
}
