import { describe, it } from 'vitest'
import { checks } from '../build/checks.mjs'

describe.concurrent('the source and the package', { timeout: 600_000 }, () => {
  it.each(Object.entries(checks))('%s', (_, check) => check())
})
