/** Starts a registry in memory for a test. */
export { testRegistry, type TestRegistryOptions } from './test-registry.ts'
/** A registry in memory with a clock to turn and faults to switch on. */
export type { TestRegistry } from './test-registry.ts'
