import type { TableOf } from '../column.ts'

/** A project file that the user trusts, as `trust --list` shows it. */
export interface TrustItem {
  readonly path: string
  /** `changed`: another content than the one that is trusted. */
  readonly state: 'trusted' | 'changed' | 'gone'
  /** RFC 3339. */
  readonly since: string
}

export const trustTable: TableOf<TrustItem> = {
  columns: [
    { name: 'PATH', text: (item) => item.path, tone: () => 'strong' },
    { name: 'STATE', text: (item) => item.state },
    { name: 'SINCE', text: (item) => item.since },
  ],
  name: (item) => item.path,
}
