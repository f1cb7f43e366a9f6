import { STATUSES } from '../model/status.ts'

// Of the routes below /registry/records. What they answer is open: it is whatever the registry holds.

const text = { type: 'string' } as const
const printable = { ...text, minLength: 1, maxLength: 1_024 } as const
const isTrue = { ...text, enum: ['true', 'false'] } as const
const services = {
  description: 'all services where it is left out',
  anyOf: [text, { type: 'array', items: text, maxItems: 1_000 }],
} as const

export const recordsQuery = {
  type: 'object',
  properties: {
    service: services,
    detail: { ...isTrue, description: 'true reads leases, too' },
    structure: { ...isTrue, description: 'true shows folders, too' },
  },
} as const

export const recordWatchQuery = { type: 'object', properties: { service: services } } as const

export const registration = {
  type: 'object',
  required: ['instance'],
  properties: {
    instance: {
      type: 'object',
      required: ['id', 'name'],
      properties: {
        id: printable,
        name: { ...printable, maxLength: 255 },
        version: text,
        metadata: { type: 'object', additionalProperties: text, nullable: true },
        endpoints: { type: 'array', items: text, maxItems: 100, nullable: true },
      },
    },
    ttl: {
      type: 'number',
      maximum: 2_147_483_647,
      nullable: true,
      description: 'seconds; null: it stays until it is removed',
    },
    weight: { type: 'integer', minimum: 0, maximum: 2_147_483_647 },
    env: { ...text, maxLength: 64 },
    replace: { type: 'boolean', description: 'replace another instance of that name and id' },
    keepAlive: { type: 'boolean', description: 'heartbeats will follow' },
  },
} as const

const marks = {
  type: 'array',
  minItems: 1,
  maxItems: 100,
  items: {
    type: 'object',
    required: ['id', 'service'],
    properties: {
      id: { ...text, maxLength: 4_096 },
      service: { ...text, maxLength: 1_024 },
      revision: { ...text, description: 'changed only where it still has it' },
      instance: { ...text, description: 'the id of its instance, where it is one' },
    },
  },
} as const

export const recordMarks = { type: 'object', required: ['records'], properties: { records: marks } } as const

export const recordStatus = {
  type: 'object',
  required: ['records', 'status'],
  properties: { records: marks, status: { ...text, enum: STATUSES }, reason: { ...text, maxLength: 1_024 } },
} as const

export const open = { type: 'object', additionalProperties: true } as const
export const outcomes = { type: 'array', items: open } as const
