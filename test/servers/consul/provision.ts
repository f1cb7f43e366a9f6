import { goPrograms } from '../go-programs.ts'

/** consul: an endpoint in ROLLCALL_TEST_CONSUL, PATH, the cache, else built with Go at the version of go.mod (5 minutes of a core). */
export const consul = goPrograms({
  name: 'consul',
  folder: import.meta.dirname,
  variable: 'ROLLCALL_TEST_CONSUL',
  commands: { consul: 'github.com/hashicorp/consul' },
})
