import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, expect, it } from 'vitest'
import type { Identity } from '../../../src/server/authenticate.ts'
import { describeWith } from '../../servers/with-server.ts'
import { Ground, tokensOf } from '../ground.ts'
import { Visit, startBrowser } from './visit.ts'

const known: Record<string, Identity> = {
  'good-token': { name: 'good', role: 'viewer', services: [] },
  'shop-token': { name: 'shop', role: 'viewer', services: ['shop-*'] },
}

async function ground(): Promise<Ground> {
  const opened = await Ground.open('memory:', { tokens: tokensOf(known) })
  for (const name of ['a', 'shop-1'])
    await (
      await opened.client.register({ name, id: `${name}-x`, endpoints: ['http://h:1'] }, { layout: 'aio' })
    ).release()
  return opened
}

it('serves the page to everybody, and nothing of the registry with it', async () => {
  await using opened = await ground()
  const answer = await fetch(opened.url)
  expect(answer.status).toBe(200)
  const policy = answer.headers.get('content-security-policy') ?? ''
  expect(policy).toContain("default-src 'none'")
  expect(policy).not.toMatch(/unsafe|\*|https?:/)
  expect(answer.headers.get('x-content-type-options')).toBe('nosniff')
  const text = await answer.text()
  expect(text).not.toContain('shop')
  for (const [, file] of text.matchAll(/(?:href|src)="(page\/[^"]+)"/g))
    expect((await fetch(`${opened.url}/${file}`)).status).toBe(200)
  expect((await fetch(`${opened.url}/page/..%2f..%2fpackage.json`)).status).not.toBe(200)
})

await describeWith('chromium', 'the web page of a server that wants a token', () => {
  let browser: Browser
  beforeAll(async () => {
    browser = await startBrowser()
  })
  afterAll(() => browser.close())

  it('asks for it, says when it is wrong, and keeps it in the tab alone', async () => {
    await using opened = await ground()
    await using visit = await Visit.open(browser, opened.url)
    const { page } = visit
    await page.getByRole('heading', { name: 'This server asks for a token' }).waitFor()
    expect(await page.locator('#main').isVisible()).toBe(false)
    await visit.signIn('wrong-token')
    await page.getByText('Not let in: the token is not known here.').waitFor()
    await visit.signIn('good-token')
    await visit.isLive()
    await page.getByText('2 services, 2 instances').waitFor()
    const kept = await page.evaluate('({ local: localStorage.length, cookie: document.cookie, url: location.href })')
    expect(kept).toEqual({ local: 0, cookie: '', url: `${opened.url}/` })
    await page.reload()
    await visit.isLive()
    await using other = await Visit.open(browser, opened.url)
    await other.page.getByLabel('Token').waitFor()
  })

  it('forgets it, and what was read with it', async () => {
    await using opened = await ground()
    await using visit = await Visit.open(browser, opened.url)
    await visit.signIn('good-token')
    await visit.isLive()
    await visit.page.getByRole('button', { name: 'Forget token' }).click()
    await visit.page.getByLabel('Token').waitFor()
    expect(await visit.page.content()).not.toContain('shop-1')
    expect(await visit.page.evaluate('sessionStorage.length')).toBe(0)
  })

  it('shows only what the token is for', async () => {
    await using opened = await ground()
    await using visit = await Visit.open(browser, opened.url)
    await visit.signIn('shop-token')
    await visit.isLive()
    await visit.page.getByText('1 service, 1 instance').waitFor()
    expect(await visit.page.content()).not.toContain('a-x')
  })

  it('asks again once the token counts no longer', async () => {
    await using opened = await ground()
    known['brief-token'] = { name: 'brief', role: 'viewer', services: [] }
    await using visit = await Visit.open(browser, opened.url)
    await visit.signIn('brief-token')
    await visit.isLive()
    delete known['brief-token']
    await visit.page.getByText('Not let in: the token is not known here.').waitFor()
    expect(await visit.page.locator('#main').isVisible()).toBe(false)
  })
})
