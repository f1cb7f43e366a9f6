import { goPrograms } from '../go-programs.ts'

/** polaris: an endpoint in ROLLCALL_TEST_POLARIS, PATH, the cache, else built with Go at the version of go.mod (75 s). */
export const polaris = goPrograms({
  name: 'polaris',
  folder: import.meta.dirname,
  variable: 'ROLLCALL_TEST_POLARIS',
  commands: { polaris: 'github.com/polarismesh/polaris' },
})
