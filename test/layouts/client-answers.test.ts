import { describe, expect, it } from 'vitest'
import { decode } from '../../src/layouts/index.ts'
import { type ClientAnswer, type FrameworkRecord, frameworkRecords } from '../cli/frameworks.ts'
import { asAnswered } from '../frameworks/as-answered.ts'
import { options, stored } from './stored.ts'

type Metadata = Readonly<Record<string, string>>

/** Where our metadata are not those of the client's answer; the pages of the frameworks say why. */
const OUR_METADATA: Readonly<Record<string, (theirs: Metadata, asked: string) => Metadata>> = {
  // The service's are on the service that go-micro answers with.
  'go-micro': (theirs) => ({ team: 'a', ...theirs }),
  // Of a provider's parameters those about its process; `check` is the consumer's own.
  'dubbo-3.3.5': (theirs, asked) => (asked.includes('/') ? without(theirs, [...ABOUT_ONE_INTERFACE, 'check']) : theirs),
}
const ABOUT_ONE_INTERFACE = ['application', 'group', 'interface', 'methods', 'revision', 'version']

function without(metadata: Metadata, names: readonly string[]): Metadata {
  return Object.fromEntries(Object.entries(metadata).filter(([name]) => !names.includes(name)))
}

/** The client's answer to that record, with our metadata where they differ. */
function ours(writer: string, { asked, answer }: ClientAnswer): object[] {
  const change = OUR_METADATA[writer]
  return answer.map((one) => (change && one.metadata ? { ...one, metadata: change(one.metadata, asked) } : one))
}

function read({ key, value }: FrameworkRecord, isTree: boolean) {
  const reading = decode(stored(key, value, { prefix: '', lease: '7587' }), 'auto', { ...options, folders: isTree })
  if (reading.is !== 'instance') throw new Error(`${key} is ${reading.is}`)
  return reading
}

describe.each(['etcd', 'zookeeper'] as const)('%s', (store) => {
  describe.each([...frameworkRecords(store)])('what %s stored', (writer, records) => {
    const asked = records.flatMap((record) => (record.client ? [{ record, client: record.client }] : []))

    it('is asked for by its client', () => {
      expect(asked.length).toBeGreaterThan(0)
      // What lives by no lease and no session is a folder, or Dubbo's description of an interface.
      expect(records.filter(({ client }) => !client).some(({ leased }) => leased)).toBe(false)
    })

    it.each(asked.map((each) => [each.record.key, each] as const))(
      'is read as its client reads it: %s',
      (_, { record, client }) => {
        const { instance, observed } = read(record, store === 'zookeeper')
        expect(asAnswered({ ...instance, weight: observed.weight }, client)).toEqual(ours(writer, client))
        expect(observed.status).toBe('up')
        // Clients ask for what rollcall calls the service, below its prefix; consumers of Dubbo for an interface.
        const { name } = instance
        expect([name, ...(observed.tags ?? [])]).toContain(
          observed.tags ? client.asked : client.asked.slice(client.asked.lastIndexOf('/') + 1),
        )
      },
    )
  })
})
