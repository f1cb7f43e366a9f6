import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { eventually } from '../../eventually.ts'
import { JournalWriter } from '../../../src/client/journal/writer.ts'
import { describeWith } from '../../servers/with-server.ts'
import { Ground } from '../ground.ts'
import { Visit, startBrowser } from './visit.ts'

const require = createRequire(import.meta.url)
const AXE = readFileSync(require.resolve('axe-core/axe.min.js'), 'utf8')
/** All of its rules, those that are only good practice too. */
const FAULTS = `axe.run(document, { resultTypes: ['violations'] }).then(({ violations }) =>
  violations.map(({ id, nodes }) => id + ': ' + nodes.map(({ html }) => html.slice(0, 120)).join(' · ')))`

async function faultsOf(page: Page): Promise<unknown> {
  await page.evaluate(AXE)
  return await page.evaluate(FAULTS)
}

await describeWith('chromium', 'the web page, looked through by axe', () => {
  let browser: Browser
  let folder: string
  let ground: Ground
  beforeAll(async () => {
    browser = await startBrowser()
    folder = await mkdtemp(join(tmpdir(), 'rollcall-axe-'))
    const bounds = { keep: 86_400_000, size: 1e8 }
    const journal = await JournalWriter.open(join(folder, 'journal.db'), { ...bounds, registry: 'any', now: Date.now })
    ground = await Ground.open('memory:', { journal, monitor: false })
    for (const port of [1, 2, 3]) await ground.register('payments', port, { metadata: { version: `v${port}` } })
    await ground.register('mailer', 4, { status: 'maintenance' })
    const id = await ground.register('mailer', 5)
    await ground.ask('PUT', `/registry/services/${id}/offline`)
    const bad = { id: '/microservices/cart/tmp', service: 'cart', body: Buffer.from('x'), ttlGranted: null }
    for await (const { result } of ground.client.restore([bad])) expect(result).toBe('done')
  })
  afterAll(async () => {
    await browser.close()
    await ground[Symbol.asyncDispose]()
    await rm(folder, { recursive: true })
  })

  it.each([
    ['light', 1_280],
    ['dark', 1_280],
    ['light', 390],
    ['dark', 390],
  ] as const)('has no fault: %s, %i pixels', async (colorScheme, width) => {
    const options = { colorScheme, reducedMotion: 'reduce', viewport: { width, height: 800 } } as const
    await using visit = await Visit.open(browser, ground.url, options)
    await visit.isLive()
    const { page } = visit
    await page.locator('.record summary').click()
    await page.locator('.name').first().click()
    await page.getByText('Last events').waitFor()
    await page.locator('.timeline').first().waitFor()
    expect(await faultsOf(page)).toEqual([])
    await page.getByRole('radio', { name: 'by host' }).check()
    // The list is drawn anew by host meanwhile, and a button that goes takes its click with it.
    const drain = page.getByRole('button', { name: /^Drain/ }).first()
    const planned = page.locator('#plan-items table')
    await eventually(
      async () => {
        await drain.click({ timeout: 5_000 })
        await planned.waitFor({ timeout: 5_000 })
      },
      { timeout: 60_000 },
    )
    expect(await faultsOf(page)).toEqual([])
    const [content, window] = await page.evaluate<[number, number]>(
      '[document.documentElement.scrollWidth, document.documentElement.clientWidth]',
    )
    expect(content).toBe(window)
  })

  it('has no fault where it asks for a token', async () => {
    const tokens = { identify: () => undefined, onWithdrawn: () => () => {} }
    await using closed = await Ground.open('memory:', { tokens })
    await using visit = await Visit.open(browser, closed.url)
    await visit.page.getByLabel('Token').waitFor()
    expect(await faultsOf(visit.page)).toEqual([])
  })
})
