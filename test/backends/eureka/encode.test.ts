import { expect, it } from 'vitest'
import { encode, haveTheSameLease, sayTheSame } from '../../../src/backends/eureka/encode.ts'
import type { InstanceInit } from '../../../src/model/instance.ts'

const SRE: InstanceInit = { name: 'sre', id: 'sre-1', version: 'v1.0.0', endpoints: ['grpc://10.0.0.1:9000'] }

it("writes what Kratos' module writes, with the lease that is asked for", () => {
  expect(encode({ ...SRE, metadata: { zone: 'a' } }, { ttl: 60, weight: 10, env: 'prod' })).toEqual([
    {
      id: 'SRE/10.0.0.1:SRE:9000',
      service: 'sre',
      body: {
        instanceId: '10.0.0.1:SRE:9000',
        hostName: 'SRE',
        app: 'SRE',
        ipAddr: '10.0.0.1',
        vipAddress: 'SRE',
        status: 'UP',
        port: { $: 9000, '@enabled': 'true' },
        securePort: { $: 443, '@enabled': 'false' },
        homePageUrl: 'grpc://10.0.0.1:9000/',
        statusPageUrl: 'grpc://10.0.0.1:9000/info',
        healthCheckUrl: 'grpc://10.0.0.1:9000/health',
        dataCenterInfo: { name: 'MyOwn', '@class': 'com.netflix.appinfo.InstanceInfo$DefaultDataCenterInfo' },
        leaseInfo: { renewalIntervalInSecs: 20, durationInSecs: 60 },
        metadata: {
          zone: 'a',
          weight: '10',
          env: 'prod',
          ID: 'sre-1',
          Name: 'sre',
          Version: 'v1.0.0',
          Endpoints: 'grpc://10.0.0.1:9000',
          agent: 'go-eureka-client',
        },
      },
    },
  ])
})

it('takes pages and the secure port from the metadata, as Kratos does', () => {
  const metadata = { securePort: '8443', homePageURL: 'h', statusPageURL: 's', healthCheckURL: 'c' }
  const [record] = encode({ ...SRE, metadata }, {})
  expect(record?.body).toMatchObject({
    securePort: { $: 8443, '@enabled': 'false' },
    homePageUrl: 'h',
    statusPageUrl: 's',
    healthCheckUrl: 'c',
    metadata,
  })
})

it.each<[string, InstanceInit, object, RegExp]>([
  ['no endpoint', { ...SRE, endpoints: [] }, {}, /there is no endpoint/],
  ['an endpoint that is none', { ...SRE, endpoints: ['10.0.0.1'] }, {}, /cannot be registered/],
  ['a query, of which Kratos makes the port 0', { ...SRE, endpoints: ['grpc://a:1?x=y'] }, {}, /would lose the rest/],
  ['one address twice', { ...SRE, endpoints: ['grpc://a:1', 'http://a:1'] }, {}, /would be two/],
  ['a name in the metadata that is taken', { ...SRE, metadata: { ID: 'x' } }, {}, /"ID" is taken/],
  ['no TTL', SRE, { ttl: null }, /every registration has a lease/],
  ['a TTL that servers cannot count', SRE, { ttl: 2_147_484 }, /is not valid in Eureka/],
])('refuses %s', (_, instance, options, message) => {
  expect(() => encode(instance, options)).toThrow(
    expect.objectContaining({ code: 'usage', message: expect.stringMatching(message), hint: expect.any(String) }),
  )
})

it('compares what was registered, and neither times nor statuses', () => {
  const [one] = encode(SRE, {})
  const [other] = encode({ ...SRE, version: 'v2' }, { ttl: 30 })
  if (!one || !other) throw new Error('nothing was encoded')
  const answered = {
    ...one.body,
    status: 'DOWN',
    lastDirtyTimestamp: '1',
    countryId: 1,
    port: { $: '9000', '@enabled': 'true' },
  }
  expect([sayTheSame(one.body, answered), haveTheSameLease(one.body, answered)]).toEqual([true, true])
  expect([sayTheSame(one.body, other.body), haveTheSameLease(one.body, other.body)]).toEqual([false, false])
})
