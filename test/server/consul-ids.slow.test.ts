import { expect, it } from 'vitest'
import { startConsul } from '../servers/consul/start.ts'
import { describeWith } from '../servers/with-server.ts'
import { Ground, tokensOf } from './ground.ts'

await describeWith('consul', 'a registry whose ids belong to no service', () => {
  it("keeps an instance from whoever registers its id under another service's name", async () => {
    await using consul = await startConsul()
    const tokens = tokensOf({
      shop: { name: 'shop', role: 'editor', services: ['shop-*'] },
      all: { name: 'all', role: 'editor', services: [] },
    })
    await using ground = await Ground.open(`consul://${consul.endpoint}`, { tokens })
    const pay = { id: 'pay-1', name: 'payments', endpoints: ['http://10.0.0.1:80'] }
    await (await ground.client.register(pay, { settings: { noChecks: true } })).release()
    const register = (token: string, id: string) =>
      ground.ask(
        'POST',
        '/registry/records',
        { instance: { id, name: 'shop-web', endpoints: ['http://10.0.0.2:80'] }, replace: true },
        { authorization: `Bearer ${token}` },
      )
    expect(await register('shop', 'pay-1')).toMatchObject({ status: 403, code: 40_300 })
    expect((await ground.client.find({ id: 'pay-1' })).map(({ service }) => service)).toEqual(['payments'])
    expect(await register('shop', 'web-1')).toMatchObject({ status: 200 })
    expect(await register('all', 'pay-1')).toMatchObject({ status: 200 })
  })
})
