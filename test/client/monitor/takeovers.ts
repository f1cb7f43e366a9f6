import { setTimeout as pause } from 'node:timers/promises'
import { lockKeyOf } from '../../../src/backends/kv/prefix.ts'
import { Client } from '../../../src/client/client.ts'
import { escapeKey } from '../../../src/model/key.ts'
import { Fleet, type Member } from './fleet.ts'
import { ServerProcess } from './server-process.ts'
import { patientTarget } from '../../patience.ts'

/** Instances that die in each turn, other ones each time. */
const VICTIMS = 5
const LOOK = 50

export interface TakeoverOptions {
  /** What node is to run as rollcall. */
  readonly program: string
  /** An empty etcd. */
  readonly url: string
  readonly turns: number
  readonly instances: number
  /** Milliseconds. */
  readonly ttl: number
  /** Told after each turn. */
  readonly onTurn?: (turn: Turn) => void
}

/** One turn: how the holder of the lock ended, and the milliseconds from each last renewal to its mark. */
export interface Turn {
  readonly how: 'killed' | 'frozen'
  readonly lateness: readonly number[]
}

export interface Takeovers {
  readonly turns: readonly Turn[]
  /** Instances that were marked as down although they were renewed in time. There may be none. */
  readonly wronglyDown: readonly string[]
  /** Instances that this machine was too busy to renew within the TTL, so that they were rightly marked. */
  readonly starved: readonly string[]
  /** Marks of an instance that was marked already. There may be none. */
  readonly markedTwice: number
}

/**
 * Two servers over one registry whose instances are renewed. In each turn some instances die, and at some moment after
 * that the server that holds the lock is killed or frozen by turns; the other has to mark the dead. One that was frozen
 * goes on when they are marked; one that was killed is replaced.
 */
export async function takeovers({ program, url, turns, instances, ttl, onTurn }: TakeoverOptions): Promise<Takeovers> {
  await using client = await Client.open(patientTarget(url, { aioTtl: ttl }))
  await using fleet = await Fleet.launch(client, instances, ttl)
  const servers = [await ServerProcess.start(program, url, ttl), await ServerProcess.start(program, url, ttl)]
  try {
    const done: Turn[] = []
    let markedTwice = 0
    for (let turn = 0; turn < turns; turn += 1) {
      const victims = fleet.members.slice(turn * VICTIMS, (turn + 1) * VICTIMS)
      for (const victim of victims) victim.renews = false
      await pause(Math.random() * 1.5 * ttl)
      const holder = await holderAmong(client, servers)
      const how = turn % 2 === 0 ? 'killed' : 'frozen'
      if (how === 'killed') await holder.kill()
      else holder.freeze()
      const lateness = await marked(victims, 6 * ttl)
      if (how === 'frozen') holder.thaw()
      else servers.splice(servers.indexOf(holder), 1, await ServerProcess.start(program, url, ttl))
      await pause(ttl / 2) // for whatever a holder that goes on may write
      markedTwice += victims.filter(({ marks }) => marks.size > 1).length
      for (const victim of victims) victim.renews = true
      done.push({ how, lateness })
      onTurn?.({ how, lateness })
    }
    return { turns: done, wronglyDown: fleet.wronglyDown, starved: fleet.starved, markedTwice }
  } finally {
    await Promise.all(servers.map((server) => server.kill()))
  }
}

/** Milliseconds from each last renewal to its mark; Infinity where none came within the bound. */
async function marked(victims: readonly Member[], bound: number): Promise<number[]> {
  const until = performance.now() + bound
  while (victims.some(({ marks }) => marks.size === 0) && performance.now() < until) await pause(LOOK)
  return victims.map(({ marks }) => [...marks.values()][0] ?? Infinity)
}

/** The server that the lock names. */
async function holderAmong(client: Client, servers: readonly ServerProcess[]): Promise<ServerProcess> {
  const key = escapeKey(lockKeyOf(client.target.prefix ?? '/aio/registry'))
  for (;;) {
    for await (const { records } of client.backend.scan({ rawKey: key })) {
      const name = Buffer.from((records[0]?.body as Uint8Array | undefined) ?? []).toString()
      const holder = servers.find(({ pid }) => name.endsWith(`process ${pid}`))
      if (holder) return holder
    }
    await pause(LOOK)
  }
}
