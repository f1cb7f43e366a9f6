/** A fetch that finds services in a registry. */
export { registryFetch, type RegistryFetch, type RegistryFetchOptions } from './registry-fetch.ts'
/** What a try at one instance failed with. */
export type { FetchFailure } from './registry-fetch.ts'
