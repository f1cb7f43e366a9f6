import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { JournalWriter } from '../../../src/client/journal/writer.ts'
import { describeWith } from '../../servers/with-server.ts'
import { Ground } from '../ground.ts'
import { Visit, startBrowser } from './visit.ts'

/** A record of an instance that is up. */
function recordOf(service: string, id: string) {
  const now = new Date().toISOString()
  const times = { register_time: now, start_time: now, last_renew_time: now }
  const value = { id, name: service, address: '10.0.0.1:80', protocol: 'http', ...times, status: 'up' }
  return { id: `/aio/registry/${service}/${id}`, service, body: Buffer.from(JSON.stringify(value)), ttlGranted: null }
}

/** Three services: all up, one of two down, all down. */
async function makeSick(ground: Ground): Promise<string[]> {
  const ids: string[] = []
  for (const [name, port, version] of [
    ['a-fine', 1, 'v1'],
    ['b-half', 2, 'v1'],
    ['b-half', 3, 'v2'],
    ['c-down', 4, 'v2'],
  ] as const)
    ids.push(await ground.register(name, port, { metadata: { version } }))
  for (const id of ids.slice(2)) await ground.ask('PUT', `/registry/services/${id}/offline`)
  return ids
}

await describeWith('chromium', 'looking for something on the web page', () => {
  let browser: Browser
  beforeAll(async () => {
    browser = await startBrowser()
  })
  afterAll(() => browser.close())

  it('shows the worst first, and faults only', async () => {
    await using ground = await Ground.open('memory:', { monitor: false })
    const ids = await makeSick(ground)
    await using visit = await Visit.open(browser, ground.url)
    await visit.isLive()
    const { page } = visit
    await expect.poll(() => page.locator('.service h3').allInnerTexts()).toEqual(['c-down', 'b-half', 'a-fine'])
    const half = page.getByRole('table', { name: 'Instances of b-half' })
    expect(await half.locator('.name').allInnerTexts()).toEqual([ids[2], ids[1]])
    expect(await page.getByRole('img', { name: '1 up, 1 down' }).count()).toBe(1)
    expect(await page.locator('.versions').allInnerTexts()).toEqual(['v2 ×1', 'v2 ×1, v1 ×1', 'v1 ×1'])
    await page.getByRole('checkbox', { name: 'Faults only' }).check()
    await page.getByText('2 instances of 2 services').waitFor()
    expect(await page.locator('.service h3').allInnerTexts()).toEqual(['c-down', 'b-half'])
  })

  it('keeps what is seen in the address, so that a link shows the same', async () => {
    await using ground = await Ground.open('memory:', { monitor: false })
    const ids = await makeSick(ground)
    await using visit = await Visit.open(browser, ground.url)
    await visit.isLive()
    const { page } = visit
    await page.getByLabel('Search').fill('version=v2')
    await page.getByRole('radio', { name: 'by host' }).check()
    await page.getByRole('checkbox', { name: 'Faults only' }).check()
    await page.getByRole('radio', { name: 'down 2' }).check()
    await page.getByRole('button', { name: ids[3], exact: true }).click()
    await page.getByText('Registered', { exact: true }).waitFor()
    await using other = await Visit.open(browser, page.url())
    await other.isLive()
    await other.page.getByText('2 instances of 1 host').waitFor()
    expect(await other.page.getByLabel('Search').inputValue()).toBe('version=v2')
    for (const role of [
      ['checkbox', 'Faults only'],
      ['radio', 'by host'],
      ['radio', 'down 2'],
    ] as const)
      expect(await other.page.getByRole(role[0], { name: role[1] }).isChecked()).toBe(true)
    expect(await other.page.getByRole('button', { name: ids[3], exact: true }).getAttribute('aria-expanded')).toBe(
      'true',
    )
    await page.goBack()
    await page.getByText('Registered', { exact: true }).waitFor({ state: 'detached' })
    await page.locator('.service summary').click()
    await expect.poll(() => page.locator('.service').getAttribute('open')).toBeNull()
    expect(page.url()).toContain('shut=127.0.0.1')
  })

  it('shows all that is known of an instance, and where this is', async () => {
    await using ground = await Ground.open('memory:', { monitor: false })
    const pay = { name: 'payments', id: 'pay-1', version: 'v1', endpoints: ['http://10.0.0.1:80'] }
    await (await ground.client.register(pay, { layout: 'kratos', ttl: 600 })).release()
    await using visit = await Visit.open(browser, `${ground.url}/#service=payments&id=pay-1`)
    await visit.isLive()
    const facts = visit.page.locator('.facts')
    await facts.getByText('600 seconds').waitFor()
    const text = await facts.innerText()
    for (const part of ['Lease', 'kratos', '/microservices/payments/pay-1', 'up']) expect(text).toContain(part)
    const [lease = ''] = (await ground.client.find({ id: 'pay-1' })).map(({ observed }) => observed.lease)
    expect(text).toContain(lease)
    expect(await visit.page.locator('#place').innerText()).toBe('local · default prefixes')
  })

  it('shows what the journal has of each instance, and who flaps', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'rollcall-past-'))
    try {
      const bounds = { keep: 86_400_000, size: 1e8 }
      const journal = await JournalWriter.open(join(folder, 'journal.db'), {
        ...bounds,
        registry: 'any',
        now: Date.now,
      })
      await using ground = await Ground.open('memory:', { journal, monitor: false })
      const id = await ground.register('a', 1)
      for (let times = 0; times < 3; times++) {
        await ground.ask('PUT', `/registry/services/${id}/offline`)
        await ground.ask('PUT', `/registry/services/${id}/renew`)
      }
      await using visit = await Visit.open(browser, ground.url)
      await visit.isLive()
      const { page } = visit
      const bar = page.getByRole('img', { name: /^Last .*: .*up .*; 7 events$/ })
      await bar.waitFor()
      expect(await bar.locator('[data-tone=down]').count()).toBeGreaterThan(0)
      await page.getByText('flapping, 3 times in ten minutes').waitFor()
      await page.getByRole('button', { name: id, exact: true }).click()
      await page.getByText('status up → down').first().waitFor()
      await ground.ask('PUT', `/registry/services/${id}/offline`)
      await page.getByRole('img', { name: /; 8 events$/ }).waitFor()
    } finally {
      await rm(folder, { recursive: true })
    }
  })

  it('saves what is shown as CSV, which runs nothing in a sheet, and as JSON', async () => {
    await using ground = await Ground.open('memory:', { monitor: false })
    await ground.register('a', 1)
    await ground.register('evil', 2, { metadata: { version: '=1+1', note: 'say "hi", then go' } })
    await using visit = await Visit.open(browser, `${ground.url}/#search=evil`)
    await visit.isLive()
    const saved = async (name: string) => {
      const [file] = await Promise.all([
        visit.page.waitForEvent('download'),
        visit.page.getByRole('button', { name }).click(),
      ])
      return await readFile(await file.path(), 'utf8')
    }
    await visit.page.getByText('1 instance of 1 service').waitFor()
    const [head, row, ...rest] = (await saved('Download what is shown as CSV')).split('\r\n')
    expect(head).toMatch(/^service,id,status,version,/)
    expect(row).toMatch(/^evil,evil-[0-9a-f]{16},up,'=1\+1,http/)
    expect(row).toContain('say \\""hi\\""')
    expect(rest).toEqual([''])
    const { kind, items } = JSON.parse(await saved('Download what is shown as JSON'))
    expect([kind, items]).toMatchObject(['InstanceList', [{ name: 'evil', version: '=1+1', status: 'up' }]])
  })

  it.each([50, 5_000])(
    'has the first rows of 10,000 instances in %i services soon, and never all of them',
    async (services) => {
      await using ground = await Ground.open('memory:', { monitor: false })
      const many = Array.from({ length: 10_000 }, (__, at) =>
        recordOf(`s-${String(at % services).padStart(4, '0')}`, `i-${String(at).padStart(5, '0')}`),
      )
      for await (const { result } of ground.client.restore(many)) expect(result).toBe('done')
      await using visit = await Visit.open(browser, ground.url)
      await visit.isLive()
      const { page } = visit
      await page.locator('.service').first().waitFor()
      await page.getByText(`${services.toLocaleString('en')} services, 10,000 instances`).waitFor()
      expect(await page.locator('.service').count()).toBeLessThanOrEqual(200)
      await page.locator('.service summary').first().click()
      await page.locator('.name').first().waitFor()
      expect(await page.locator('.name').count()).toBeLessThanOrEqual(100)
    },
  )
})
