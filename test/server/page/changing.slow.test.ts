import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { run } from '../../cli/run.ts'
import { describeWith } from '../../servers/with-server.ts'
import { Ground, tokensOf } from '../ground.ts'
import { Visit, startBrowser } from './visit.ts'

const tokens = tokensOf({
  viewer: { name: 'viewer', role: 'viewer', services: [] },
  editor: { name: 'editor', role: 'editor', services: [] },
  shop: { name: 'shop', role: 'editor', services: ['shop-*'] },
})

async function ground(): Promise<Ground> {
  const opened = await Ground.open('memory:', { tokens, monitor: false })
  for (const [name, id, host] of [
    ['mailer', 'mail-1', '10.0.0.1'],
    ['mailer', 'mail-2', '10.0.0.2'],
    ['shop-web', 'web-1', '10.0.0.1'],
  ] as const)
    await (await opened.client.register({ name, id, endpoints: [`http://${host}:80`] }, { layout: 'aio' })).release()
  for (const at of [1, 2, 3]) {
    const pay = { name: 'payments', id: `pay-${at}`, endpoints: [`http://10.0.0.${at}:80`] }
    await (await opened.client.register(pay, { layout: 'kratos', ttl: 600 })).release()
  }
  return opened
}

async function statusOf(opened: Ground, service: string, id: string): Promise<string | undefined> {
  return (await opened.client.find({ service, id }))[0]?.observed.status
}

await describeWith('chromium', 'the web page in the hands of an operator', () => {
  let browser: Browser
  beforeAll(async () => {
    browser = await startBrowser()
  })
  afterAll(() => browser.close())

  async function open(opened: Ground, token: string, hash = ''): Promise<Visit> {
    const visit = await Visit.open(browser, `${opened.url}/${hash}`)
    await visit.signIn(token)
    await visit.isLive()
    return visit
  }

  it('lets an editor drain a host, with the plan before the question, and undo it', async () => {
    await using opened = await ground()
    await using visit = await open(opened, 'editor', '#by=host')
    const { page } = visit
    await page.getByRole('button', { name: 'Drain 10.0.0.1…' }).click()
    const dialog = page.getByRole('dialog', { name: 'Drain: 10.0.0.1' })
    await dialog.getByText('3 records in memory:').waitFor()
    for (const part of ['mailer/mail-1', 'shop-web/web-1', 'payments/pay-1'])
      expect(await dialog.getByText(part, { exact: true }).count()).toBe(1)
    await dialog.getByText('the next renewal by its owner puts it back into traffic').first().waitFor()
    expect(await statusOf(opened, 'mailer', 'mail-1')).toBe('up')
    await dialog.getByRole('button', { name: 'Drain: 3 records' }).click()
    await dialog.getByText('Done: 3 done.').waitFor()
    expect(await statusOf(opened, 'mailer', 'mail-1')).toBe('down')
    expect(await statusOf(opened, 'payments', 'pay-1')).toBeUndefined()
    const listed = JSON.parse((await run(['undo', '--list', '-o', 'json'], { env: opened.env })).stdout).items
    expect(listed).toMatchObject([{ command: 'drain', user: 'editor over HTTP' }])
    expect(await dialog.getByText(`rollcall undo ${listed[0].id} takes it back`).count()).toBe(1)
    await dialog.getByRole('button', { name: 'Close' }).click()
    await page.getByRole('button', { name: `Undo drain ${listed[0].id}` }).click()
    const undo = page.getByRole('dialog', { name: `Undo: ${listed[0].id}` })
    await undo.getByRole('button', { name: 'Undo: 3 records' }).click()
    await undo.getByText('Done: 3 done.').waitFor()
    expect(await statusOf(opened, 'mailer', 'mail-1')).toBe('up')
    expect(await statusOf(opened, 'payments', 'pay-1')).toBe('up')
    await undo.getByRole('button', { name: 'Close' }).click()
    await page.getByText('taken back').waitFor()
  })

  it('shows a viewer no button, and refuses him with 403', async () => {
    await using opened = await ground()
    await using visit = await open(opened, 'viewer', '#by=host&service=mailer&id=mail-1')
    const { page } = visit
    await page.getByText('Registered', { exact: true }).waitFor()
    const names = await page.getByRole('button').allInnerTexts()
    expect(names.filter((name) => /drain|offline|online|deregister|undo|remove/i.test(name))).toEqual([])
    expect(await page.getByRole('heading', { name: 'Done from' }).count()).toBe(0)
    const answers = await page.evaluate<number[]>(`Promise.all(['plans', 'plans/apply', 'runs'].map(async (path) => {
      const headers = { authorization: 'Bearer viewer', 'content-type': 'application/json' }
      const body = JSON.stringify({ action: 'drain', host: '10.0.0.1', digest: 'x' })
      const sent = path === 'runs' ? { headers } : { method: 'POST', headers, body }
      return (await fetch('registry/' + path, sent)).status
    }))`)
    expect(answers).toEqual([403, 403, 403])
    expect(await statusOf(opened, 'mailer', 'mail-1')).toBe('up')
  })

  it('lets a token for some services see and change its own alone', async () => {
    await using opened = await ground()
    await using visit = await open(opened, 'shop', '#by=host')
    const { page } = visit
    await page.getByText('1 service, 1 instance').waitFor()
    await page.getByRole('button', { name: 'Drain 10.0.0.1…' }).click()
    const dialog = page.getByRole('dialog')
    await dialog.getByText('only services that the token "shop" is for').waitFor()
    await dialog.getByRole('button', { name: 'Drain: 1 record' }).click()
    await dialog.getByText('Done: 1 done.').waitFor()
    expect(await page.content()).not.toMatch(/mail-|pay-/)
    expect(await statusOf(opened, 'shop-web', 'web-1')).toBe('down')
    expect(await statusOf(opened, 'mailer', 'mail-1')).toBe('up')
    expect(await statusOf(opened, 'payments', 'pay-1')).toBe('up')
  })

  it('refuses a plan that has changed meanwhile, and shows it again', async () => {
    await using opened = await ground()
    await using visit = await open(opened, 'editor', '#service=mailer&id=mail-1')
    const { page } = visit
    await page.getByRole('button', { name: 'Drain 10.0.0.1…' }).click()
    const dialog = page.getByRole('dialog')
    await dialog.getByText('3 records in').waitFor()
    const late = { name: 'late', id: 'late-1', endpoints: ['http://10.0.0.1:81'] }
    await (await opened.client.register(late, { layout: 'aio' })).release()
    await dialog.getByRole('button', { name: 'Drain: 3 records' }).click()
    await dialog.getByRole('alert').getByText('no longer as it was planned').waitFor()
    await dialog.getByText('late/late-1', { exact: true }).waitFor()
    for (const [service, id] of [
      ['mailer', 'mail-1'],
      ['late', 'late-1'],
    ] as const)
      expect(await statusOf(opened, service, id)).toBe('up')
    await dialog.getByRole('button', { name: 'Drain: 4 records' }).click()
    await dialog.getByText('Done: 4 done.').waitFor()
  })

  it('is carried out once when the button is pressed twice, and by the keyboard alone', async () => {
    await using opened = await ground()
    await using visit = await open(opened, 'editor')
    const { page } = visit
    let sent = 0
    page.on('request', (request) => void (request.url().endsWith('/plans/apply') && sent++))
    await page.getByRole('button', { name: 'mail-1', exact: true }).focus()
    await page.keyboard.press('Enter')
    await page.getByRole('button', { name: 'Take offline…' }).focus()
    await page.keyboard.press('Enter')
    const yes = page.getByRole('button', { name: 'Take out of traffic: 1 record' })
    await yes.waitFor()
    await page.keyboard.press('Tab')
    expect(await yes.evaluate('document.activeElement.id')).toBe('plan-yes')
    await yes.evaluate((button) => {
      for (let times = 0; times < 3; times++) (button as unknown as { click(): void }).click()
    })
    await page.getByText('Done: 1 done.').waitFor()
    expect(sent).toBe(1)
    await page.keyboard.press('Escape')
    await visit.row('mail-1').getByText('down', { exact: true }).waitFor()
    await page.getByRole('button', { name: 'Put back online…' }).click()
    await page.getByRole('button', { name: 'Put back into traffic: 1 record' }).click()
    await page.getByText('Done: 1 done.').waitFor()
    expect(await statusOf(opened, 'mailer', 'mail-1')).toBe('up')
  })

  it('shows what a guard refuses, and lets it be overridden', async () => {
    await using opened = await ground()
    for (const id of ['pay-2', 'pay-3']) {
      const found = await opened.client.find({ service: 'payments', id })
      for await (const { result } of opened.client.remove(found.flatMap(({ records }) => records)))
        expect(result).toBe('done')
    }
    await using visit = await open(opened, 'editor', '#service=payments&id=pay-1')
    const { page } = visit
    expect(await page.getByRole('button', { name: 'Take offline…' }).count()).toBe(0)
    await page.getByRole('button', { name: 'Drain 10.0.0.1…' }).click()
    await page.getByText('would remove 1 of 1 instances that are up').waitFor()
    const yes = page.getByRole('button', { name: 'Drain: 3 records' })
    expect(await yes.isDisabled()).toBe(true)
    await page.getByRole('checkbox', { name: 'Override the guards that allow it' }).check()
    await expect.poll(() => yes.isEnabled()).toBe(true)
    await yes.click()
    await page.getByText('Done: 3 done.').waitFor()
  })

  it('removes malformed records, and says what cannot be undone', async () => {
    await using opened = await ground()
    const bad = { id: '/microservices/cart/tmp', service: 'cart', body: Buffer.from('x'), ttlGranted: null }
    for await (const { result } of opened.client.restore([bad])) expect(result).toBe('done')
    await using visit = await open(opened, 'editor')
    const { page } = visit
    await page.getByRole('button', { name: 'Remove them…' }).click()
    await page.getByRole('button', { name: 'Remove malformed records: 1 record' }).click()
    await page.getByText('Done: 1 done.').waitFor()
    await page.keyboard.press('Escape')
    await page.getByRole('heading', { name: '1 malformed record' }).waitFor({ state: 'hidden' })
  })

  it('says why, where the server refuses, and leaves nothing of a plan for the next token', async () => {
    await using opened = await ground()
    await using visit = await open(opened, 'editor', '#service=mailer&id=mail-1')
    const { page } = visit
    const entries = await opened.client.find({ service: 'mailer', id: 'mail-1' })
    await page.getByRole('button', { name: 'Deregister…' }).waitFor()
    await page.route('**/registry/plans', async (route) => {
      for await (const { result } of opened.client.remove(entries.flatMap(({ records }) => records)))
        expect(result).toBe('done')
      await route.continue()
    })
    await page.getByRole('button', { name: 'Deregister…' }).click()
    await page.getByRole('alert').getByText('mailer/mail-1 is not registered').waitFor()
    expect(await page.locator('#plan-yes').isDisabled()).toBe(true)
    await page.keyboard.press('Escape')
    await page.getByRole('button', { name: 'Forget token' }).click()
    await page.getByLabel('Token').waitFor()
    expect(await page.content()).not.toContain('mail-1')
    expect(page.url()).toBe(`${opened.url}/`)
  })
})
