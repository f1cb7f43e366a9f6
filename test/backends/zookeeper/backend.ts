import type { Backend } from '../../../src/backends/contract/backend.ts'
import type { Settings } from '../../../src/backends/contract/driver.ts'
import { zookeeper } from '../../../src/backends/zookeeper/driver.ts'
import { type Logger, silent } from '../../../src/model/logger.ts'
import { parseRegistryUrl } from '../../../src/model/registry-url.ts'
import { PATIENT } from '../../patience.ts'

/** The registry behind a ZooKeeper URL. */
export function openBackend(url: string, settings: Partial<Settings> = {}, logger: Logger = silent): Promise<Backend> {
  const target = zookeeper.parse(parseRegistryUrl(url), { ...PATIENT, ...settings }, {})
  return zookeeper.open(target, { signal: new AbortController().signal, logger, now: Date.now })
}
