import type { TableOf } from '../column.ts'

/** A named registry as `context ls` shows it. */
export interface ContextItem {
  readonly name: string
  readonly registry?: string
  readonly current: boolean
  /** Writes are refused. */
  readonly readOnly?: boolean
  readonly confirm?: 'name'
}

export const contextsTable: TableOf<ContextItem> = {
  columns: [
    { name: 'CURRENT', text: (item) => (item.current ? '*' : ' '), data: (item) => String(item.current) },
    { name: 'NAME', text: (item) => item.name, tone: (item) => (item.current ? 'strong' : undefined) },
    { name: 'REGISTRY', text: (item) => item.registry ?? '' },
    {
      name: 'GUARD',
      text: (item) => [item.readOnly ? 'read-only' : '', item.confirm ? 'confirm' : ''].filter(Boolean).join(','),
    },
  ],
  name: (item) => item.name,
}
