import { takeovers } from '../test/client/monitor/takeovers.ts'
import { startEtcd } from './registries/etcd.ts'

const TTL = 5_000

/** Prints each turn, and what came of all; whether all went as it must. */
export async function main(program: string, turns: number, instances: number): Promise<boolean> {
  await using etcd = await startEtcd()
  const url = `etcd://${etcd.endpoint}`
  let turn = 0
  const result = await takeovers({
    program,
    url,
    turns,
    instances,
    ttl: TTL,
    onTurn: ({ how, lateness }) => print(`${++turn}: ${how}; marked after ${lateness.map(inSeconds).join(' ')}`),
  })
  const all = result.turns.flatMap(({ lateness }) => lateness).toSorted((a, b) => a - b)
  const slowest = all.at(-1) ?? 0
  const { wronglyDown, starved, markedTwice } = result
  print(
    `${instances} instances, TTL ${TTL / 1000} s, ${turns} turns: ${all.length} died, marked after ${inSeconds(all[all.length >> 1] ?? 0)} s in the middle and ${inSeconds(slowest)} s at the latest; ` +
      `live ones marked: ${wronglyDown.length}, not renewed in time: ${starved.length}; marked twice: ${markedTwice}`,
  )
  return wronglyDown.length === 0 && markedTwice === 0 && slowest < 3 * TTL
}

function inSeconds(milliseconds: number): string {
  return (milliseconds / 1000).toFixed(1)
}

function print(line: string): void {
  process.stdout.write(`${line}\n`)
}
