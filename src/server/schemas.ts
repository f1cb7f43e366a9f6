import { STATUSES } from '../model/status.ts'
import { FAILURE, SUCCESS } from './answer.ts'

/** JSON Schemas of the API: requests are validated with them, and /openapi.json shows them; that answers fit them is tested. */
type Schema = Readonly<Record<string, unknown>>

const text = { type: 'string' } as const
const count = { type: 'integer', minimum: 0 } as const
const time = { type: 'string', format: 'date-time' } as const
const words = { type: 'object', additionalProperties: text } as const

/** 1.1 of the document. Go's zero values stand for what is left out. */
export const registerBody = {
  type: 'object',
  required: ['name', 'address'],
  properties: {
    name: { ...text, minLength: 1, maxLength: 255, pattern: '^[^/\\u0000-\\u001f\\u007f-\\u009f\\u2028\\u2029]+$' },
    address: { ...text, minLength: 1, maxLength: 512, description: 'host:port' },
    protocol: { ...text, maxLength: 32, pattern: '^([A-Za-z][A-Za-z0-9+.-]*)?$', description: 'http unless given' },
    env: { ...text, description: 'all, dev, test or prod; all unless given, and for any other' },
    metadata: { ...words, nullable: true },
    weight: { type: 'integer', maximum: 2_147_483_647, description: '100 unless given, and for any below 0' },
    status: {
      ...text,
      enum: ['', 'active', 'inactive', 'up', 'down', 'starting', 'stopping', 'maintenance', 'unhealthy'],
      description: 'active unless given',
    },
  },
} as const

export const record = {
  type: 'object',
  properties: {
    id: text,
    name: text,
    address: text,
    protocol: text,
    env: text,
    register_time: time,
    start_time: time,
    offline_time: time,
    last_renew_time: time,
    metadata: words,
    weight: { type: 'number' },
    status: text,
    endpoints: { type: 'array', items: text },
    tags: { type: 'array', items: text, description: 'of Consul; left out where there is none' },
    service_kind: { ...text, description: 'of a proxy or a gateway of a service mesh' },
  },
} as const

export const records = { type: 'array', items: record } as const
export const names = { type: 'array', items: text } as const
export const sentence = text

export const health = {
  type: 'object',
  properties: {
    service_id: text,
    service_name: text,
    status: text,
    healthy: { type: 'boolean' },
    online: { type: 'boolean' },
    offline: { type: 'boolean' },
    uptime: text,
    register_duration: text,
    offline_duration: text,
    last_check: time,
  },
} as const

const counts = { type: 'object', additionalProperties: count } as const
const instanceCounts = { total_instances: count, healthy_instances: count, unhealthy_instances: count } as const

export const stats = {
  type: 'object',
  properties: { total_services: count, ...instanceCounts, service_stats: counts, timestamp: time },
} as const

export const serviceStats = {
  type: 'object',
  properties: {
    service_name: text,
    ...instanceCounts,
    protocols: counts,
    statuses: counts,
    instances: records,
    timestamp: time,
  },
} as const

export const everything = { type: 'object', additionalProperties: records } as const

export const removal = {
  type: 'object',
  properties: { service_name: text, total_instances: count, removed_count: count, errors: names },
} as const

export const malformedRecords = {
  type: 'object',
  properties: {
    registry: text,
    total: count,
    records: {
      type: 'array',
      description: 'the first 1000',
      items: {
        type: 'object',
        properties: {
          key: text,
          service: text,
          rule: text,
          title: text,
          message: text,
          cause: text,
          fix: text,
          id: text,
          lease: text,
          hosts: names,
        },
      },
    },
    timestamp: time,
  },
} as const

const name = { ...text, minLength: 1 } as const
export const idParameter = { type: 'object', required: ['id'], properties: { id: name } } as const
export const serviceParameter = { type: 'object', required: ['service'], properties: { service: name } } as const

const consistent = { ...text, enum: ['true', 'false'], description: 'true asks the registry itself' } as const
export const readQuery = { type: 'object', properties: { consistent } } as const
export const discoveryQuery = {
  type: 'object',
  properties: {
    consistent,
    env: text,
    status: { ...text, enum: ['', 'active', 'inactive', ...STATUSES], description: 'active unless given' },
    protocol: text,
  },
} as const

const moment = { ...text, maxLength: 64 } as const
export const historyQuery = {
  type: 'object',
  properties: {
    service: {
      description: 'all services where it is left out',
      anyOf: [text, { type: 'array', items: text, maxItems: 100 }],
    },
    since: { ...moment, description: 'what happened after this time, as RFC 3339 has it; all where it is left out' },
    at: { ...moment, description: 'instead: what was there at this time' },
  },
} as const

export const watchQuery = {
  type: 'object',
  properties: {
    as: {
      ...text,
      enum: ['record', 'instance'],
      description:
        'instance: with all that the registry says of it, in the words of the command line; record unless given',
    },
  },
} as const

export const instanceQuery = {
  type: 'object',
  required: ['service', 'id'],
  properties: { service: name, id: name },
} as const

export const targetsQuery = { type: 'object', properties: { service: text, protocol: text } } as const
export const targets = {
  type: 'array',
  items: { type: 'object', properties: { targets: names, labels: words } },
} as const
export const state = { description: 'what it is', type: 'object', properties: { status: text } } as const

const refused = {
  description: 'refused; msg says why',
  type: 'object',
  required: ['code', 'msg', 'data'],
  properties: { code: { type: 'integer', enum: Object.values(FAILURE) }, msg: text, data: { type: 'null' } },
} as const

/** The answers of a route: its data in the envelope, and what every refusal looks like. */
export function answers(data: Schema, description = 'done'): Schema {
  const envelope = {
    description,
    type: 'object',
    required: ['code', 'msg', 'data'],
    properties: { code: { type: 'integer', enum: [SUCCESS, FAILURE.internal] }, msg: text, data },
  }
  return { 200: envelope, '4xx': refused, '5xx': refused }
}

/** The answers of a route that has no envelope; its refusals have. */
export function bareAnswers(type: string, description: string, schema: Schema = text): Schema {
  return { 200: { description, content: { [type]: { schema } } }, '4xx': refused, '5xx': refused }
}
