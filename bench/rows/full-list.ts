import { onPath } from '../../test/servers/cache.ts'
import { FLEET_PREFIX, type Bench, type Row, client, etcdctl, rollcall, times } from '../bench.ts'
import { type CommandLine, linesOf } from '../process.ts'

/** `ls --all -o ndjson` beside a raw reader that writes the same lines, etcdctl's raw bytes, and etcdctl into jq. */
export const fullList: Row = async (bench) => {
  const list = rollcall(bench, 'ls', '--all', '-o', 'ndjson')
  const raw = client(bench, 'raw-list', bench.etcd.endpoint, FLEET_PREFIX)
  if ((await linesOf(bench.folder, list)) !== (await linesOf(bench.folder, raw)))
    throw new Error('the raw reader writes other lines')
  const bytes = etcdctl(bench, 'get', '--prefix', `${FLEET_PREFIX}/`)
  const jq = (await onPath('jq')) === undefined ? [] : [intoJq(bench)]
  const [ours = 0, reader = 0, plain = 0, json] = await times(bench, list, raw, bytes, ...jq)
  const work = 'full list, `ls --all -o ndjson`, 100,000'
  return [
    { work, ours, unit: 'ms', beside: 'raw reader', theirs: reader, most: 1.3 },
    { work, ours, unit: 'ms', beside: '`etcdctl get --prefix`', theirs: plain, most: 2 },
    ...(json === undefined
      ? []
      : [{ work, ours, unit: 'ms', beside: '`etcdctl … -w json` into jq', theirs: json, most: 0.5 } as const]),
  ]
}

function intoJq({ etcd }: Bench): CommandLine {
  const filter = '.kvs[] | .value | @base64d | fromjson'
  const get = `'${etcd.etcdctl.join("' '")}' get --prefix ${FLEET_PREFIX}/ -w json`
  return { argv: ['sh', '-c', `${get} | jq -c '${filter}'`] }
}
