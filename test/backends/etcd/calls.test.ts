import { expect, it } from 'vitest'
import { CallFailure, Status } from '../../../src/backends/etcd/calls.ts'

it.each([
  ['No connection established. Last error: connect ECONNREFUSED 127.0.0.1:2379', true],
  ['Name resolution failed for target dns:etcd.example.org:2379', true],
  // What grpc-js says of a login past its deadline: what it still waited for, and the steps that took their time and are over.
  ['Deadline exceeded after 2.003s,Waiting for LB pick', true],
  ['Deadline exceeded after 2.003s,name resolution: 0.002s,metadata filters: 0.001s,remote_addr=127.0.0.1:2379', false],
  ['no answer in time', false],
])('a call that ended with "%s" was never sent: %s', (details, wasNeverSent) => {
  expect(new CallFailure('h:1', { code: Status.deadlineExceeded, details })).toMatchObject({ wasNeverSent })
})
