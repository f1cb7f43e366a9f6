import { describe, it } from 'vitest'
import { checks } from '../build/checks.mjs'

describe.concurrent('the source and the package', () => {
  it.each(Object.entries(checks))('%s', (_, check) => check())
})
