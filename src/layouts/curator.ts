import { has } from './shape.ts'
import type { RecordSign } from './record-sign.ts'

/** Curator's x-discovery, which Spring Cloud ZooKeeper and Dubbo's applications use. Its names match exactly. */
export const CURATOR: RecordSign = {
  title: 'Curator',
  is: ({ shape }) => shape !== undefined && has(shape.exact, 'name', 'id', 'registrationTimeUTC', 'serviceType'),
  removal: {
    comesBack: false,
    note: 'its process, if still running, stays unregistered until it opens a new session',
  },
}
