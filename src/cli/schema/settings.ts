import { described, flag, listOf, mapOf, object, oneOf, text, time } from './parts.ts'

export const Version = object({ version: text, node: text, platform: text }, ['node', 'platform'])

export const Config = object(
  {
    registry: described(text, 'the registry in force, without secrets'),
    context: text,
    readOnly: flag,
    values: listOf(object({ name: text, value: described(text, 'redacted where it is a secret'), from: text })),
  },
  ['context'],
)

export const Token = object({ name: text, role: text, services: { type: 'array', items: text }, created: time })

export const Trust = object({
  path: described(text, 'of the project file'),
  state: described(oneOf(['trusted', 'changed', 'gone']), 'changed: the content is not the content that was trusted'),
  since: time,
})

export const Context = object(
  {
    name: text,
    registry: text,
    current: flag,
    readOnly: flag,
    confirm: oneOf(['name']),
    settings: described(mapOf({}), 'only when one is shown alone'),
  },
  ['registry', 'readOnly', 'confirm', 'settings'],
)
