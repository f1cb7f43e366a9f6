import { type Browser, type BrowserContextOptions, type Page, chromium } from 'playwright-core'
import { expect } from 'vitest'
import { serverOf } from '../../servers/with-server.ts'

export function startBrowser(): Promise<Browser> {
  const executablePath = serverOf('chromium').programs?.['chromium'] ?? ''
  return chromium.launch({ executablePath, args: ['--no-sandbox'] })
}

/** Somebody who looks at the page of a server, in a browser profile of his own. */
export class Visit implements AsyncDisposable {
  readonly page: Page
  /** What the browser complained about, save for answers that are no success. */
  readonly complaints: string[] = []
  /** The origins of all that was asked for. */
  readonly asked = new Set<string>()

  private constructor(page: Page) {
    this.page = page
    page.on('pageerror', (error) => this.complaints.push(error.message))
    page.on('request', (request) => this.asked.add(new URL(request.url()).origin))
    page.on('console', (message) => {
      const isAnswer = message.text().startsWith('Failed to load resource')
      if (message.type() === 'error' && !isAnswer) this.complaints.push(message.text())
    })
  }

  static async open(browser: Browser, url: string, options: BrowserContextOptions = {}): Promise<Visit> {
    const context = await browser.newContext(options)
    const visit = new Visit(await context.newPage())
    await visit.page.goto(url)
    return visit
  }

  async isLive(): Promise<void> {
    await this.page.locator('#link[data-state=live]').waitFor()
    await this.page.locator('#main').waitFor()
  }

  async signIn(token: string): Promise<void> {
    await this.page.getByLabel('Token').fill(token)
    await this.page.getByRole('button', { name: 'Show the registry' }).click()
  }

  /** Of the row of the instance with that id. */
  row(id: string) {
    return this.page.getByRole('row').filter({ has: this.page.getByText(id, { exact: true }) })
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.page.context().close()
    expect(this.complaints).toEqual([])
  }
}
