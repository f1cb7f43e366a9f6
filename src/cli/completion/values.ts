import { readContexts } from '../../config/contexts.ts'
import { ALL_RULES } from '../../backends/rules.ts'
import { LAYOUTS } from '../../model/observed.ts'
import { STATUSES } from '../../model/status.ts'
import type { Context } from '../context.ts'
import { globalOptions } from '../globals.ts'
import type { OptionSpec } from '../option.ts'
import type { Candidates } from './candidates.ts'

/** By what stands in the flags for the value: `--status <status>`. */
const BY_PLACEHOLDER: Readonly<Record<string, () => Candidates>> = {
  path: () => 'files',
  file: () => 'files',
  status: () => STATUSES.map((word) => ({ word })),
  code: () => ALL_RULES.map(({ code, title }) => ({ word: code, summary: title })),
}

/** What the value of an option may be, as far as that can be said. */
export async function valuesOf({ io }: Context, spec: OptionSpec): Promise<Candidates> {
  if (spec.choices) return spec.choices.map((word) => ({ word }))
  if (spec === globalOptions.layout) return ['auto', ...LAYOUTS].map((word) => ({ word }))
  if (spec === globalOptions.context) return (await readContexts(io.env)).names.map((word) => ({ word }))
  if (spec === globalOptions.output) return spec.summary.split(', ').map((word) => ({ word }))
  const [, placeholder = ''] = /<(.+)>/.exec(spec.flags) ?? []
  return BY_PLACEHOLDER[placeholder]?.() ?? []
}
