import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { serve } from '../../../src/server/server.ts'
import { startEtcd } from '../../servers/etcd/start.ts'
import { describeWith } from '../../servers/with-server.ts'
import { Ground } from '../ground.ts'
import { Visit, startBrowser } from './visit.ts'

await describeWith('chromium', 'the web page', () => {
  let browser: Browser
  beforeAll(async () => {
    browser = await startBrowser()
  })
  afterAll(() => browser.close())

  it('shows who is registered, with status, age and metadata', async () => {
    await using ground = await Ground.open()
    const id = await ground.register('payments', 9000, { metadata: { version: 'v1', zone: 'ams' }, env: 'prod' })
    await ground.register('mailer', 8080, { status: 'maintenance' })
    await using visit = await Visit.open(browser, ground.url)
    await visit.isLive()
    const { page } = visit
    await page.getByText('2 services, 2 instances').waitFor()
    const text = await visit.row(id).innerText()
    for (const part of ['up', 'http://127.0.0.1:9000', 'version v1', 'zone ams', 'env prod'])
      expect(text).toContain(part)
    expect(text).toMatch(/\d+s/)
    await page.getByText('1 maintenance').waitFor()
    expect(await page.getByRole('table', { name: 'Instances of payments' }).count()).toBe(1)
    expect([...visit.asked]).toEqual([ground.url])
  })

  it('tells changes as they come, and no heartbeats', async () => {
    await using ground = await Ground.open()
    const id = await ground.register('a', 1)
    await using visit = await Visit.open(browser, ground.url)
    await visit.isLive()
    await ground.ask('PUT', `/registry/services/${id}/renew`)
    const second = await ground.register('a', 2)
    await ground.ask('PUT', `/registry/services/${id}/offline`)
    await visit.row(id).getByText('down', { exact: true }).waitFor()
    await ground.ask('DELETE', `/registry/services/${second}`)
    await visit.row(second).waitFor({ state: 'detached' })
    const told = visit.page.locator('#changes li .word')
    await expect.poll(() => told.allInnerTexts()).toEqual(['removed', 'up → down', 'added, up'])
  })

  it('finds by words and by status', async () => {
    await using ground = await Ground.open()
    const ids = [await ground.register('a', 1, { metadata: { zone: 'ams-1' } }), await ground.register('b', 2)]
    await ground.ask('PUT', `/registry/services/${ids[1]}/offline`)
    await using visit = await Visit.open(browser, ground.url)
    await visit.isLive()
    const { page } = visit
    await page.keyboard.press('/')
    await page.keyboard.type('AMS zone=')
    await page.getByText('1 instance of 1 service').waitFor()
    expect(await visit.row(ids[0] ?? '').isVisible()).toBe(true)
    await page.getByLabel('Search').fill('nobody has this')
    await page.getByText('No instance matches.').waitFor()
    await page.getByLabel('Search').fill('')
    await page.getByRole('radio', { name: 'down 1' }).check()
    await page.getByText('1 instance of 1 service').waitFor()
    expect(await visit.row(ids[1] ?? '').isVisible()).toBe(true)
  })

  it('comes back when the server does, with what has changed meanwhile', async () => {
    await using ground = await Ground.open()
    const id = await ground.register('a', 1)
    await using visit = await Visit.open(browser, ground.url)
    await visit.isLive()
    await ground.server[Symbol.asyncDispose]()
    await visit.page.getByText('Disconnected').waitFor()
    await visit.page.getByText(/This is the registry as it was at \d/).waitFor()
    expect(await visit.row(id).isVisible()).toBe(true)
    const late = { name: 'late', id: 'late-1', endpoints: ['http://h:1'] }
    await (await ground.client.register(late, { layout: 'aio' })).release()
    await using again = await serve(ground.client, { host: '127.0.0.1', port: ground.server.port })
    expect(again.port).toBe(ground.server.port)
    await visit.isLive()
    await visit.row('late-1').waitFor()
    expect(await visit.page.locator('#changes li').allInnerTexts()).toHaveLength(1)
    expect(await visit.page.locator('#notice').isVisible()).toBe(false)
  })

  it('holds 2,000 instances, and draws a service when it is opened', async () => {
    await using ground = await Ground.open()
    const many = Array.from({ length: 2_000 }, (_, at) => recordOf(`s-${at % 50}`, `i-${String(at).padStart(4, '0')}`))
    for await (const { result } of ground.client.restore(many)) expect(result).toBe('done')
    await using visit = await Visit.open(browser, ground.url)
    await visit.isLive()
    const { page } = visit
    await page.getByText('50 services, 2,000 instances').waitFor()
    expect(await page.getByRole('row').count()).toBe(0)
    await page.getByRole('heading', { name: 's-7', exact: true }).click()
    await visit.row('i-0007').waitFor()
    await page.getByLabel('Search').fill('i-1999')
    await visit.row('i-1999').waitFor()
    await page.getByLabel('Search').fill('')
    await ground.ask('PUT', '/registry/services/i-0007/offline')
    await visit.row('i-0007').getByText('down', { exact: true }).waitFor()
  })

  it('explains malformed records', async () => {
    await using ground = await Ground.open()
    const bad = { id: '/microservices/cart/tmp', service: 'cart', body: Buffer.from('put by hand'), ttlGranted: null }
    for await (const { result } of ground.client.restore([bad])) expect(result).toBe('done')
    await using visit = await Visit.open(browser, ground.url)
    const { page } = visit
    await page.getByRole('heading', { name: '1 malformed record', exact: true }).waitFor()
    const record = page.locator('.record')
    for (const part of ['RC1101', '/microservices/cart/tmp']) expect(await record.innerText()).toContain(part)
    await record.locator('summary').click()
    for (const part of ['One such value makes every Kratos client fail', 'remove the key now'])
      expect(await record.innerText()).toContain(part)
  })
})

await describeWith('chromium', 'the web page over an etcd that goes away', async () => {
  await describeWith('etcd', 'and comes back', () => {
    it('says that the picture is stale, and when it is live again', async () => {
      await using etcd = await startEtcd()
      await using ground = await Ground.open(`etcd://${etcd.endpoint}`)
      const id = await ground.register('a', 1)
      const browser = await startBrowser()
      try {
        await using visit = await Visit.open(browser, ground.url)
        await visit.isLive()
        await etcd.stop()
        await visit.page.getByText('The server cannot reach the registry.').waitFor({ timeout: 60_000 })
        expect(await visit.page.locator('#link').innerText()).toBe('Stale')
        expect(await visit.row(id).isVisible()).toBe(true)
        await etcd.restart()
        await visit.page.locator('#link[data-state=live]').waitFor({ timeout: 60_000 })
      } finally {
        await browser.close()
      }
    })
  })
})

/** As an AIO program writes it, renewed now. */
function recordOf(service: string, id: string) {
  const now = new Date().toISOString()
  const times = { register_time: now, start_time: now, last_renew_time: now }
  const value = { id, name: service, address: '10.0.0.1:80', protocol: 'http', env: 'all', ...times, status: 'up' }
  const body = Buffer.from(JSON.stringify({ ...value, weight: 100, metadata: {} }))
  return { id: `/aio/registry/${service}/${id}`, service, body, ttlGranted: null }
}
