import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { describeWith } from '../../servers/with-server.ts'
import { Ground } from '../ground.ts'
import { Visit, startBrowser } from './visit.ts'

const IMAGE = '<img src=x onerror="window.taken=1">'
const SCRIPT = '<script>window.taken=1</script>'
const TURNED = 'safe\u202egnp.exe'
const LONG = 'x'.repeat(300)

/** What the window cuts off. */
const OUTSIDE = `[...document.querySelectorAll('td, h3, code, .tally, label, dd')]
  .filter((element) => element.getBoundingClientRect().right > innerWidth + 1)
  .map((element) => element.outerHTML.slice(0, 80))`
const WIDTHS = '[document.documentElement.scrollWidth, document.documentElement.clientWidth]'

/** A record as a hostile program could write it: names from whoever has the registry's port. */
function recordOf(service: string, id: string, more: object) {
  const now = new Date().toISOString()
  const times = { register_time: now, start_time: now, last_renew_time: now }
  const value = { id, name: service, address: '10.0.0.1:80', protocol: 'http', ...times, status: 'up', ...more }
  const body = Buffer.from(JSON.stringify(value))
  return { id: `/aio/registry/${service}/${id}`, service, body, ttlGranted: null }
}

function shown(visit: Visit): Promise<string> {
  return visit.page.locator('#main').innerText()
}

/** Live is what has the data; a slow browser draws it a little later. */
async function shows(visit: Visit, part: string): Promise<void> {
  await expect.poll(() => shown(visit)).toContain(part)
}

async function hostile(): Promise<Ground> {
  const ground = await Ground.open()
  const records = [
    recordOf(`${IMAGE}svc`, `${SCRIPT.replaceAll('/', '')}id`, {
      env: SCRIPT,
      address: `javascript:alert(1)"><svg onload=window.taken=1>`,
      metadata: { [IMAGE]: SCRIPT, __proto__: 'x', constructor: 'y' },
    }),
    recordOf('__proto__', 'constructor', {}),
    recordOf(TURNED, 'null\u0000byte', { metadata: { tab: 'a\tb' } }),
    recordOf(LONG, `${LONG}-id`, { address: `${LONG}:80`, metadata: { [LONG]: LONG } }),
    { id: `/microservices/${IMAGE}/x`, service: IMAGE, body: Buffer.from(SCRIPT), ttlGranted: null },
  ]
  for await (const { result } of ground.client.restore(records)) expect(result).toBe('done')
  return ground
}

await describeWith('chromium', 'the web page over what nobody should have written', () => {
  let browser: Browser
  let ground: Ground
  beforeAll(async () => {
    browser = await startBrowser()
    ground = await hostile()
  })
  afterAll(async () => {
    await browser.close()
    await ground[Symbol.asyncDispose]()
  })

  it('shows markup as text and runs none of it', async () => {
    await using visit = await Visit.open(browser, ground.url)
    await visit.isLive()
    const { page } = visit
    await page.locator('.record summary').first().click()
    for (const part of [`${IMAGE}svc`, IMAGE, 'constructor', '__proto__']) await shows(visit, part)
    expect(await page.evaluate('window.taken')).toBeUndefined()
    expect(await page.locator('#main img, #main script, #main svg, #main a').count()).toBe(0)
    expect([...visit.asked]).toEqual([ground.url])
  })

  it('shows what has no glyph, or turns the line, by its code point', async () => {
    await using visit = await Visit.open(browser, ground.url)
    await visit.isLive()
    for (const part of ['safe\\u{202e}gnp.exe', 'null\\u{0}byte', 'a\\u{9}b']) await shows(visit, part)
    expect(await shown(visit)).not.toContain('\u202e')
  })

  it.each([360, 1_280])('fits a window of %i pixels without scrolling sideways', async (width) => {
    await using visit = await Visit.open(browser, ground.url, { viewport: { width, height: 740 } })
    await visit.isLive()
    await visit.page.locator('.record summary').first().click()
    await visit.row(`${LONG}-id`).waitFor()
    const [content, window] = await visit.page.evaluate<[number, number]>(WIDTHS)
    expect(content).toBe(window)
    expect(await visit.page.evaluate(OUTSIDE)).toEqual([])
  })
})
