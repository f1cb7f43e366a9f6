import { targetWord } from '../../../model/target-word.ts'
import type { Protocol } from '../../../client/probe/transports.ts'
import { withoutPassword } from '../../../model/endpoint-secret.ts'
import type { Tone } from '../colours.ts'
import type { TableOf } from '../column.ts'

/** An endpoint, and what it said of itself. */
export interface HealthItem {
  readonly service: string
  readonly id: string
  readonly endpoint: string
  readonly health: 'up' | 'down' | 'unprobed'
  readonly check?: Protocol
  readonly milliseconds?: number
  readonly reason?: string
}

const TONES: Readonly<Record<HealthItem['health'], Tone>> = { up: 'good', down: 'bad', unprobed: 'quiet' }

export const healthTable: TableOf<HealthItem> = {
  columns: [
    { name: 'SERVICE', text: (item) => item.service },
    { name: 'ID', text: (item) => item.id },
    { name: 'ENDPOINT', text: (item) => withoutPassword(item.endpoint), data: (item) => item.endpoint },
    { name: 'HEALTH', text: (item) => item.health, tone: (item) => TONES[item.health] },
    { name: 'CHECK', text: (item) => item.check ?? '' },
    {
      name: 'TIME',
      text: ({ milliseconds }) => (milliseconds === undefined ? '' : `${Math.round(milliseconds)}ms`),
      data: (item) => item.milliseconds,
      align: 'right',
    },
    { name: 'REASON', text: (item) => item.reason ?? '' },
  ],
  name: (item) => targetWord(item.service, item.id),
}
