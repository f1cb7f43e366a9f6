import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type Row, etcdctl, rollcall, times, FLEET_PREFIX } from '../bench.ts'
import { instance } from '../fleet.ts'

/** What is there at once: a service's instances, and the help. */
export const start: Row = async (bench) => {
  const empty = join(bench.folder, 'empty.cjs')
  writeFileSync(empty, '')
  const [, , service = ''] = instance(0).key.split('/')
  const [ls = 0, help = 0, nothing = 0, get = 0] = await times(
    { ...bench, rounds: bench.rounds * 4 },
    rollcall(bench, 'ls', service),
    rollcall(bench, '--help'),
    { argv: [process.execPath, empty] },
    etcdctl(bench, 'get', '--prefix', `${FLEET_PREFIX}/${service}/`),
  )
  const work = '`ls <service>`, 200 instances'
  return [
    { work, ours: ls, unit: 'ms', beside: 'an empty Node script', theirs: nothing, most: 3.5 },
    { work, ours: ls, unit: 'ms', beside: '`etcdctl get --prefix`', theirs: get },
    { work: '`--help`', ours: help, unit: 'ms', beside: 'an empty Node script', theirs: nothing, most: 2 },
  ]
}
