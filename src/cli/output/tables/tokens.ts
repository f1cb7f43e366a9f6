import type { TableOf } from '../column.ts'

/** A token of `serve` as `token ls` shows it. */
export interface TokenItem {
  readonly name: string
  readonly role: string
  /** None: all. */
  readonly services: readonly string[]
  /** RFC 3339. */
  readonly created: string
}

export const tokensTable: TableOf<TokenItem> = {
  columns: [
    { name: 'NAME', text: (item) => item.name, tone: () => 'strong' },
    { name: 'ROLE', text: (item) => item.role },
    { name: 'SERVICES', text: (item) => item.services.join(',') || '*' },
    { name: 'CREATED', text: (item) => item.created },
  ],
  name: (item) => item.name,
}
