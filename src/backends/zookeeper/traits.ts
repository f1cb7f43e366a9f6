import type { Store } from '../kv/store.ts'

/** What ZooKeeper is as a store, for whoever asks before it is loaded. */
export const TRAITS = { history: false, unordered: true, sessions: true } as const satisfies Partial<Store>
