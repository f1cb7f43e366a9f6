import type { InstanceInit } from '../../model/instance.ts'
import type { LayoutName } from '../../model/observed.ts'
import type { RawRecord } from '../../model/record.ts'
import type { WriteOptions } from '../contract/backend.ts'
import type { Consul } from './backend.ts'
import { printable } from './records.ts'
import { registrationsOf } from './registration.ts'

/** What the agent is told; on which node it will lie is the agent's to say. */
export function encode(consul: Pick<Consul, 'layout'>, instance: InstanceInit, options: WriteOptions): RawRecord[] {
  return registrationsOf(instance, options, layoutToWrite(consul, options.layout)).map((registration) => ({
    id: printable(`agent/${registration.ID}`),
    service: instance.name,
    body: registration,
  }))
}

export function layoutToWrite({ layout }: Pick<Consul, 'layout'>, wanted?: LayoutName): LayoutName {
  return wanted ?? (layout === 'auto' ? 'kratos' : layout)
}
