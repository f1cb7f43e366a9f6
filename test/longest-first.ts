import { BaseSequencer, type TestSpecification } from 'vitest/node'

/** Files that take many seconds, mostly of waiting. One that begins last would be waited for alone. */
const LONG = [
  'backends/etcd/faults',
  'client/restarts',
  'backends/etcd/cluster',
  'conformance/',
  'backends/zookeeper/',
  'backends/consul/',
  'backends/etcd/',
  'cli/purge-killed',
  'cli/processes',
  'cli/completion',
  'backends/local/',
  'client/monitor/',
  'client/keep-alive',
  'server/',
]

/** Begins with those, in that order. */
export class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files)
    return sorted.toSorted((one, other) => rank(one) - rank(other))
  }
}

function rank({ moduleId }: TestSpecification): number {
  const at = LONG.findIndex((part) => moduleId.includes(`/test/${part}`))
  return at < 0 ? LONG.length : at
}
