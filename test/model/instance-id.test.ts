import { createHash } from 'node:crypto'
import { expect, it } from 'vitest'
import { generateInstanceId } from '../../src/model/instance-id.ts'

const digest = (text: string) => createHash('sha256').update(text).digest('hex').slice(0, 16)

it('is the name and half a sha256 of name, first address and env', () => {
  const id = generateInstanceId('user-service', ['http://127.0.0.1:8080', 'grpc://127.0.0.1:9000'])
  expect(id).toBe(`user-service-${digest('user-service-127.0.0.1:8080-all')}`)
  expect(id).toBe('user-service-137646d7f34aabf3')
})

it('meets the same id for the same address, with or without a scheme', () => {
  expect(generateInstanceId('a', ['127.0.0.1:1'], 'dev')).toBe(generateInstanceId('a', ['grpc://127.0.0.1:1'], 'dev'))
  expect(generateInstanceId('a', ['127.0.0.1:1'], 'dev')).not.toBe(generateInstanceId('a', ['127.0.0.1:1']))
})
