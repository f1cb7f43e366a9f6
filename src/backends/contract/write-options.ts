import type { InstanceToRegister, WriteOptions } from './backend.ts'

/** How one of many is written: what is said beside it goes before what holds for all. */
export function optionsFor(one: InstanceToRegister, all: WriteOptions): WriteOptions {
  // Assigned one by one: for many instances, spreads take longer than all else that is done here.
  return {
    layout: one.layout ?? all.layout,
    weight: one.weight ?? all.weight,
    env: one.env ?? all.env,
    status: one.status ?? all.status,
    settings: one.settings ?? all.settings,
    ttl: all.ttl,
    replace: all.replace,
    keepAlive: all.keepAlive,
    signal: all.signal,
  }
}
