import type { ClientAnswer } from '../cli/frameworks.ts'

/** Of what rollcall shows of an instance, what clients may know, too. */
export interface Shown {
  readonly id: string
  readonly version: string
  readonly endpoints: readonly string[]
  readonly metadata: Readonly<Record<string, string>>
  readonly weight?: number | undefined
}

/** The instance as that client would tell of it: an answer for each endpoint, with what the client tells of one. */
export function asAnswered({ endpoints, ...shown }: Shown, { tells, answer }: ClientAnswer): object[] {
  const hasScheme = answer.some(({ address }) => address.includes('://'))
  return endpoints.map((endpoint) => {
    const all = { ...shown, address: hasScheme ? endpoint : endpoint.replace(/^[a-z]+:\/\//, '') }
    const told = Object.entries(all).filter(([field, value]) => tells.some((one) => one === field) && !isEmpty(value))
    return Object.fromEntries(told)
  })
}

/** Programs leave that out of their answers. */
function isEmpty(value: string | number | object | undefined): boolean {
  return value === undefined || value === '' || (typeof value === 'object' && Object.keys(value).length === 0)
}
