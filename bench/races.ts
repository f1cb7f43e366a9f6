import { race } from '../test/client/purge/race.ts'
import { startEtcd } from './registries/etcd.ts'

/** Prints what came of so many races of purge against registration, on an etcd of its own; answers how many live instances were lost. */
export async function main(races: number): Promise<number> {
  await using etcd = await startEtcd()
  const began = performance.now()
  const { removed, changed, lost } = await race(`etcd://${etcd.endpoint}`, races)
  const seconds = ((performance.now() - began) / 1_000).toFixed(1)
  process.stdout.write(
    `${races} races in ${seconds} s: the purge was first ${removed} times, the owner ${changed} times; live instances lost: ${lost}\n`,
  )
  return lost
}
