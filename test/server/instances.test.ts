import { expect, it } from 'vitest'
import { onEmbeddedAndEtcd } from './ground.ts'

await onEmbeddedAndEtcd('instances over HTTP', (open) => {
  it('have defaults, and the id that AIO makes of name, address and environment', async () => {
    await using ground = await open()
    const answer = await ground.ask('POST', '/registry/services', { name: 'a', address: '10.0.0.1:80' })
    expect(answer.data).toMatchObject({ protocol: 'http', env: 'all', weight: 100, status: 'active', metadata: {} })
    expect(answer.data.id).toBe('a-d72217536cbfaf8d')
    expect(answer.data.start_time).toBe(answer.data.register_time)
    const zero = { name: 'a', address: '10.0.0.1:80', protocol: '', env: '', weight: 0, status: '', metadata: null }
    expect((await ground.ask('POST', '/registry/services', zero)).data).toMatchObject({ weight: 100, env: 'all' })
  })

  it('are replaced by who registers the address again', async () => {
    await using ground = await open()
    const id = await ground.register('a', 80, { metadata: { version: '1' } })
    expect(await ground.register('a', 80, { metadata: { version: '2' }, weight: 7 })).toBe(id)
    expect((await ground.get(`/services/${id}`)).data).toMatchObject({ metadata: { version: '2' }, weight: 7 })
    expect((await ground.get('/discovery/a')).data).toHaveLength(1)
  })

  it('are meant by their whole id, never by a part of it', async () => {
    await using ground = await open()
    const id = await ground.register('user')
    for (const part of [
      id.slice(0, -1),
      `${id}0`,
      'user',
      id.toUpperCase(),
      '%2e%2e',
      encodeURIComponent(`user/${id}`),
    ]) {
      for (const [method, end] of [
        ['GET', ''],
        ['GET', '/health'],
        ['PUT', '/renew'],
        ['PUT', '/offline'],
        ['DELETE', ''],
      ]) {
        const answer = await ground.ask(method ?? '', `/registry/services/${part}${end}`)
        expect(answer).toMatchObject({ status: 404, code: 40_400, msg: expect.any(String), data: null })
      }
    }
    expect((await ground.get(`/services/${id}`)).data.status).toBe('active')
  })

  it('of one id under two services are a conflict, and nothing is changed', async () => {
    await using ground = await open()
    for (const name of ['a', 'b'])
      await (await ground.client.register({ name, id: 'x', endpoints: ['http://h:1'] }, { layout: 'aio' })).release()
    await expect.poll(async () => (await ground.get('/services/x')).status).toBe(409)
    for (const [method, path] of [
      ['DELETE', ''],
      ['PUT', '/renew'],
      ['PUT', '/offline'],
    ])
      expect(await ground.ask(method ?? '', `/registry/services/x${path}`)).toMatchObject({ code: 40_900 })
    expect((await ground.get('/stats')).data.total_instances).toBe(2)
  })

  it('go offline and come back; health says for how long', async () => {
    await using ground = await open()
    const id = await ground.register('a')
    const offline = await ground.ask('PUT', `/registry/services/${id}/offline`)
    expect(offline.data).toMatchObject({ id, status: 'inactive' })
    expect(Date.parse(offline.data.offline_time)).toBeGreaterThan(Date.parse('2020-01-01'))
    expect((await ground.get(`/services/${id}/health`)).data).toMatchObject({
      status: 'inactive',
      healthy: false,
      online: false,
      offline: true,
      offline_duration: expect.stringMatching(/^(0s|\d+ms|\d[\d.]*s)$/),
    })
    expect((await ground.get('/discovery/a')).data).toEqual([])
    for (const word of ['inactive', 'down'])
      expect((await ground.get(`/discovery/a?status=${word}`)).data).toHaveLength(1)
    await ground.ask('PUT', `/registry/services/${id}/renew`)
    const health = (await ground.get(`/services/${id}/health`)).data
    expect(health).toMatchObject({ status: 'active', healthy: true, online: true })
    expect(health).toMatchObject({ offline: false, offline_duration: '0s' })
  })

  it('have the status that they are registered with from the beginning, or are not registered', async () => {
    await using ground = await open()
    const seen: unknown[] = []
    for await (const event of ground.client.watch()) {
      if (event.type === 'added' || event.type === 'updated') seen.push(event.entry.observed.status)
      if (event.type === 'synced') {
        await ground.register('a', 1, { status: 'maintenance' })
        await ground.register('a', 1, { status: 'inactive' })
        expect((await ground.get('/discovery/a')).data).toEqual([])
        const refused = { name: 'b', address: '127.0.0.1:1', status: 'expired' }
        expect(await ground.ask('POST', '/registry/services', refused)).toMatchObject({ status: 400, code: 40_000 })
        await ground.register('a', 1)
      }
      if (seen.length === 3) break
    }
    expect(seen).toEqual(['maintenance', 'down', 'up'])
    expect((await ground.get('/services')).data).toEqual(['a'])
  })

  it('are discovered by environment, protocol and status', async () => {
    await using ground = await open()
    await ground.register('a', 1, { env: 'prod', protocol: 'grpc' })
    await ground.register('a', 2, { env: 'dev' })
    await ground.register('a', 3)
    await ground.register('a', 4, { status: 'maintenance' })
    const ports = async (query: string) =>
      (await ground.get(`/discovery/a${query}`)).data
        .map(({ address }: { address: string }) => address.slice(10))
        .toSorted()
    expect(await ports('')).toEqual(['1', '2', '3'])
    expect(await ports('?env=prod')).toEqual(['1', '3'])
    expect(await ports('?protocol=grpc')).toEqual(['1'])
    expect(await ports('?status=maintenance')).toEqual(['4'])
    expect(await ports('?status=active&env=dev&protocol=http')).toEqual(['2', '3'])
    expect(await ground.get('/discovery/a?status=sleepy')).toMatchObject({ status: 400, code: 40_000 })
    expect((await ground.get('/discovery/nobody')).data).toEqual([])
  })

  it('are read in any layout, at once by who wrote them, and from the registry when told to', async () => {
    await using ground = await open()
    const kratos = { name: 'k', id: 'k-1', version: 'v1', endpoints: ['http://h:1', 'grpc://h:2'] }
    await (await ground.client.register(kratos, { layout: 'kratos' })).release()
    const { data } = await ground.get('/discovery/k?consistent=true&protocol=grpc')
    expect(data).toMatchObject([{ id: 'k-1', protocol: 'grpc', address: 'h:2', metadata: { version: 'v1' } }])
    for (let port = 1; port <= 30; port++) {
      const id = await ground.register('a', port)
      expect((await ground.get(`/services/${id}`)).status).toBe(200)
      expect((await ground.ask('DELETE', `/registry/services/${id}`)).status).toBe(200)
      expect((await ground.get(`/services/${id}`)).status).toBe(404)
    }
  })

  it('renewed by many at once are all renewed, and an operator is heard among them', async () => {
    await using ground = await open()
    const id = await ground.register('a')
    const renewals = Array.from({ length: 8 }, () => ground.ask('PUT', `/registry/services/${id}/renew`))
    expect((await Promise.all(renewals)).map(({ status }) => status)).toEqual(Array(8).fill(200))
    const removal = ground.ask('DELETE', `/registry/services/${id}`)
    await Promise.all(Array.from({ length: 4 }, () => ground.ask('PUT', `/registry/services/${id}/renew`)))
    expect((await removal).status).toBe(200)
    const gone = await ground.ask('PUT', `/registry/services/${id}/renew`)
    expect(gone).toMatchObject({ status: 404, code: 40_400, msg: 'service not found' })
  })

  it('of a service are removed together by an administrator', async () => {
    await using ground = await open()
    for (const port of [1, 2, 3]) await ground.register('a', port)
    const kept = await ground.register('ab')
    const { data } = await ground.ask('DELETE', '/registry/admin/services/a')
    expect(data).toEqual({ service_name: 'a', total_instances: 3, removed_count: 3, errors: [] })
    expect((await ground.get('/services')).data).toEqual(['ab'])
    expect((await ground.get(`/services/${kept}`)).status).toBe(200)
    expect(ground.audit.map((line) => JSON.parse(line).action).filter((each) => each === 'unregister')).toHaveLength(3)
  })
})
