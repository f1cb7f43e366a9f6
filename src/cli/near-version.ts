import { nearNames } from '../reports/near-names.ts'
import { clean } from './output/text.ts'

/** For `--version` values that no instance has: the flag that fits those that are there. `1.4.1` means `v1.4.1`, and the reverse. */
export function nearVersion(wanted: readonly string[], there: ReadonlySet<string>): string | undefined {
  if (wanted.length === 0 || wanted.some((version) => there.has(version))) return undefined
  const found = wanted.flatMap((version) => alike(version, there) ?? nearNames(version, there, 1))
  const [version] = found
  return version === undefined ? undefined : `did you mean --version ${clean(version)}?`
}

function alike(version: string, there: ReadonlySet<string>): string | undefined {
  return [`v${version}`, version.replace(/^v/i, '')].find((each) => there.has(each))
}
