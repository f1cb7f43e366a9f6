import { STRATEGIES } from '../../balance/strategy.ts'
import { counter, described, flag, listOf, object, oneOf, text, time } from './parts.ts'

const milliseconds = { type: 'number', minimum: 0, description: 'milliseconds' }

const considered = object(
  {
    id: text,
    chosen: flag,
    candidate: described(flag, 'it could have been chosen'),
    weight: described({ type: 'number' }, 'as the registry has it'),
    roundTrip: milliseconds,
    reason: described(text, 'why it could not be'),
  },
  ['weight', 'roundTrip', 'reason'],
)

export const Pick = object(
  {
    service: text,
    id: text,
    url: described(text, 'the endpoint as it is stored'),
    address: described(text, 'host:port, IPv6 in brackets'),
    strategy: oneOf(STRATEGIES),
    candidates: described(counter, 'how many it was chosen among'),
    why: described(listOf(considered), 'every instance of the service, with --why'),
  },
  ['why'],
)

const checked = object(
  {
    service: text,
    id: text,
    endpoint: text,
    health: described(oneOf(['up', 'down', 'unprobed']), 'unprobed: no connection can reach it'),
    check: oneOf(['http', 'grpc', 'tcp']),
    milliseconds,
    reason: described(text, 'why it is down'),
  },
  ['check', 'milliseconds', 'reason'],
)

export const HealthReport = object({
  asOf: described(time, 'when it was asked'),
  endpoints: described(counter, 'how many were looked at'),
  up: counter,
  down: counter,
  unprobed: counter,
  items: listOf(checked),
})
