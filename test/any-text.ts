import * as fc from 'fast-check'
import type { Arbitrary, StringConstraints } from 'fast-check'

const character = fc
  .oneof(
    { weight: 2, arbitrary: fc.integer({ min: 0, max: 0x7f }) },
    { weight: 1, arbitrary: fc.integer({ min: 0x80, max: 0xd7ff }) },
    { weight: 1, arbitrary: fc.integer({ min: 0xe000, max: 0x10_ffff }) },
  )
  .map((code) => String.fromCodePoint(code))

/** Well-formed text of any characters. The unit `binary` would first make a map of a million characters in each process. */
export function anyText(constraints: StringConstraints = {}): Arbitrary<string> {
  return fc.string({ ...constraints, unit: character })
}
