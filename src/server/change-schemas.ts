import { FAILURE } from './answer.ts'
import { ACTIONS } from './changes/planned.ts'
import { answers } from './schemas.ts'

const text = { type: 'string' } as const
const flag = { type: 'boolean' } as const
const name = { ...text, minLength: 1, maxLength: 1_024 } as const
const texts = { type: 'array', items: text } as const

const asked = {
  action: { ...text, enum: ACTIONS },
  targets: {
    description: 'of offline, online and deregister',
    type: 'array',
    minItems: 1,
    maxItems: 500,
    items: { type: 'object', required: ['service', 'id'], properties: { service: name, id: name } },
  },
  host: { ...name, description: 'of drain: as endpoints have it, without a pattern' },
  services: {
    description: 'of drain and purge-malformed; all that the token is for where it is left out',
    type: 'array',
    minItems: 1,
    maxItems: 500,
    items: name,
  },
  run: { ...text, maxLength: 64, description: 'of undo' },
  force: { ...flag, description: 'lifts the guards that --force lifts' },
} as const

export const planBody = { type: 'object', required: ['action'], properties: asked } as const
export const applyBody = {
  type: 'object',
  required: ['action', 'digest'],
  properties: {
    ...asked,
    digest: { ...text, minLength: 1, maxLength: 128, description: 'of the plan; the rest as it was planned' },
    confirm: { ...text, maxLength: 256, description: 'the name that the plan asks for in confirm' },
  },
} as const

const result = { ...text, description: 'planned, or what became of it' } as const
const item = {
  type: 'object',
  properties: {
    key: text,
    service: text,
    id: text,
    action: { ...text, enum: ['offline', 'online', 'deregister', 'restore'] },
    result,
    reason: text,
    revision: text,
    live: flag,
    leased: flag,
    ttl: { type: 'object', properties: { granted: { type: 'number' }, remaining: { type: 'number' } } },
    comesBack: flag,
    guarded: flag,
    note: text,
  },
} as const

const plan = {
  type: 'object',
  properties: {
    action: text,
    registry: text,
    context: text,
    items: { type: 'array', items: item },
    refusals: {
      description: 'why guards refuse the whole plan',
      type: 'array',
      items: { type: 'object', properties: { fact: text, force: flag } },
    },
    notes: texts,
    confirm: { ...text, description: 'a name that somebody has to type' },
    digest: text,
  },
} as const

const applied = {
  type: 'object',
  properties: { action: text, items: { type: 'array', items: item }, run: text, notes: texts },
} as const

const runs = {
  type: 'array',
  items: {
    type: 'object',
    properties: {
      id: text,
      at: { ...text, format: 'date-time' },
      command: text,
      user: text,
      drained: text,
      records: { type: 'integer' },
      takenBack: { ...text, enum: ['no', 'partly', 'yes'] },
    },
  },
} as const

export const planAnswers = answers(plan)
export const runAnswers = answers(runs)
export const applyAnswers = {
  ...answers(applied, 'done; with code 50000 in part'),
  409: {
    description:
      'the registry has changed since the plan; nothing was changed, and data is the plan as it would be now',
    type: 'object',
    required: ['code', 'msg', 'data'],
    properties: { code: { type: 'integer', enum: [FAILURE.conflict] }, msg: text, data: { ...plan, nullable: true } },
  },
} as const
