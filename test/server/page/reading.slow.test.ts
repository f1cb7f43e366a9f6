import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { describeWith } from '../../servers/with-server.ts'
import { Ground } from '../ground.ts'
import { Visit, startBrowser } from './visit.ts'

/**
 * Every text that is seen, with the contrast between it and what is behind it. Source: WCAG 2.2, relative luminance and
 * contrast ratio.
 */
const CONTRASTS = `(() => {
  const canvas = new OffscreenCanvas(1, 1).getContext('2d', { willReadFrequently: true })
  const over = (colours) => {
    canvas.clearRect(0, 0, 1, 1)
    for (const colour of colours) { canvas.fillStyle = colour; canvas.fillRect(0, 0, 1, 1) }
    return [...canvas.getImageData(0, 0, 1, 1).data].slice(0, 3)
  }
  const luminance = (rgb) => {
    const [r, g, b] = rgb.map((c) => c / 255).map((c) => (c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4))
    return 0.2126 * r + 0.7152 * g + 0.0722 * b
  }
  const behind = (element) => (element ? [...behind(element.parentElement), getComputedStyle(element).backgroundColor] : ['Canvas'])
  const isSeen = (element) => element.checkVisibility() && !element.closest('.unseen, .skip')
  const hasText = (element) => [...element.childNodes].some((node) => node.nodeType === 3 && node.data.trim() !== '')
  return [...document.body.querySelectorAll('*')].filter((element) => isSeen(element) && hasText(element)).map((element) => {
    const grounds = behind(element)
    const [a, b] = [over([...grounds, getComputedStyle(element).color]), over(grounds)].map(luminance)
    return { text: element.textContent.trim().slice(0, 40), contrast: (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05) }
  })
})()`

await describeWith('chromium', 'the web page is for everybody', () => {
  let browser: Browser
  let ground: Ground
  beforeAll(async () => {
    browser = await startBrowser()
    ground = await Ground.open()
    await ground.register('a', 1, { metadata: { zone: 'ams' } })
    await ground.register('b', 2, { status: 'maintenance' })
    await ground.register('c', 3, { status: 'inactive' })
    const bad = { id: '/microservices/cart/tmp', service: 'cart', body: Buffer.from('x'), ttlGranted: null }
    for await (const { result } of ground.client.restore([bad])) expect(result).toBe('done')
  })
  afterAll(async () => {
    await browser.close()
    await ground[Symbol.asyncDispose]()
  })

  it.each(['light', 'dark'] as const)('who needs contrast: at least 4.5, %s', async (colorScheme) => {
    await using visit = await Visit.open(browser, ground.url, { colorScheme, reducedMotion: 'reduce' })
    await visit.isLive()
    await visit.page.locator('.record summary').click()
    await ground.register('a', 1, { metadata: { zone: colorScheme } })
    await visit.page.locator('#changes li').waitFor()
    const found = await visit.page.evaluate<{ text: string; contrast: number }[]>(CONTRASTS)
    expect(found.length).toBeGreaterThan(40)
    expect(found.filter(({ contrast }) => contrast < 4.5)).toEqual([])
  })

  it('who uses the keyboard alone', async () => {
    await using visit = await Visit.open(browser, ground.url)
    await visit.isLive()
    const { page } = visit
    await page.keyboard.press('Tab')
    expect(await page.evaluate('document.activeElement.textContent')).toBe('Skip to the services')
    await page.keyboard.press('Enter')
    await page.keyboard.press('Tab')
    const service = page.locator('.service').first()
    expect(await service.getAttribute('open')).not.toBeNull()
    await page.keyboard.press('Enter')
    await expect.poll(() => service.getAttribute('open')).toBeNull()
    const outline = await page.evaluate('getComputedStyle(document.activeElement).outlineStyle')
    expect(outline).toBe('solid')
  })

  it('who hears it: names, roles and what has changed', async () => {
    await using visit = await Visit.open(browser, ground.url)
    await visit.isLive()
    const { page } = visit
    expect(await page.getByRole('main').count()).toBe(1)
    expect(await page.getByRole('status').filter({ hasText: 'Live' }).count()).toBe(1)
    expect(await page.getByRole('searchbox', { name: 'Search services and instances' }).count()).toBe(1)
    expect(await page.getByRole('group', { name: 'Show instances of the status' }).getByRole('radio').count()).toBe(4)
    await expect.poll(() => page.getByRole('table').count()).toBe(3)
    for (const name of ['a', 'b', 'c']) expect(await page.getByRole('heading', { name, exact: true }).count()).toBe(1)
    expect(await page.getByRole('complementary', { name: 'Changes and what was done' }).count()).toBe(1)
    expect(await page.locator('html').getAttribute('lang')).toBe('en')
  })
})
