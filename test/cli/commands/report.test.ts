import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Browser } from 'playwright-core'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { startBrowser } from '../../server/page/visit.ts'
import { describeWith } from '../../servers/with-server.ts'
import { Demo } from '../demo.ts'
import { onEmbeddedAndEtcd } from '../embedded-and-etcd.ts'

let demo: Demo
beforeEach(async () => {
  demo = await Demo.open()
})
afterEach(() => demo[Symbol.asyncDispose]())

/** A name that would be markup, run, and turn the text around it. */
const HOSTILE = '<img src=x onerror="document.title=1">&amp;\u202e'

it('has what is wrong, services, findings and hosts, the worst first', async () => {
  const { status, stdout } = await demo.run('report')
  expect(status).toBe(0)
  expect(stdout).toMatch(/^<!doctype html>/)
  expect(stdout).toContain('7 services, 17 instances')
  expect(stdout).toContain('4 records could not be read')
  expect(stdout).toMatch(/Not up: 2.*mailer-91d2c05ab7e4f013.*down.*mailer-c7a81b3f60d2e945.*expired.*not renewed for/s)
  expect(stdout).toMatch(/the worst first.*1 up, 1 expired, 1 down.*3 up/s)
  expect(stdout).toMatch(/RC1001.*\/microservices\/\/annas-macbook\.local.*RC1301/s)
  expect(stdout).toMatch(/\d+ hosts.*10\.1\.3\.22.*10\.1\.4\.11/s)
  expect(stdout).toContain('There is no journal')
})

it('is of the services that were asked for', async () => {
  const { status, stdout } = await demo.run('report payments ord*')
  expect({ status, stdout }).toEqual({ status: 0, stdout: expect.stringContaining('2 services, 6 instances') })
  expect(stdout).not.toContain('mailer')
  expect(stdout).not.toContain('annas-macbook')
  expect(await demo.run('report payments nowhere')).toMatchObject({ status: 1, stdout: '' })
})

it('tells from a journal what happened', async () => {
  await demo.run('watch --no-snapshot --journal j.db --limit 1')
  const { stdout } = await demo.run('report --journal j.db')
  expect(stdout).toMatch(/History since .*the journal is not being written/s)
  expect(await demo.run('report --journal nowhere.db')).toMatchObject({ status: 3, stdout: '' })
})

it('loads nothing, runs nothing, and has no password', async () => {
  const words = [
    'register',
    HOSTILE,
    '--id',
    '<b>',
    '-e',
    'http://u:secret@10.9.9.9:1',
    '--ttl',
    'none',
    '--meta',
    'k=v<',
  ]
  expect(await demo.run(words)).toMatchObject({ status: 0 })
  const { stdout } = await demo.run('report')
  expect(stdout).not.toMatch(/<(?:script|img|link|iframe|b)\b|javascript:|\u202e|secret|k=v/)
  expect(stdout).toContain('&lt;img src=x onerror=&quot;document.title=1&quot;&gt;&amp;amp;\\u202e')
})

await onEmbeddedAndEtcd('report', (fresh) => {
  it('has the revision, where the registry knows one, and a good word where nothing is wrong', async () => {
    const env = { ROLLCALL_REGISTRY: await fresh() }
    await demo.run('register web --id web-1 --version v1.0.0 -e http://10.0.0.1:80 --ttl 1h', { env })
    const { status, stdout } = await demo.run('report', { env })
    expect(status).toBe(0)
    expect(stdout).toMatch(
      /, revision \d+ .*1 service, 1 instance.*Every instance is up.*0 errors, 0 warnings, 0 info/s,
    )
  })
})

await describeWith('chromium', 'the report in a browser', () => {
  let browser: Browser
  beforeAll(async () => {
    browser = await startBrowser()
  })
  afterAll(() => browser.close())

  describe.each(['light', 'dark'] as const)('%s', (colorScheme) => {
    it('shows itself at 390 pixels without moving sideways, with no word of complaint', async () => {
      await demo.run(['register', HOSTILE, '-e', 'http://10.9.9.9:1', '--ttl', 'none'])
      const file = join(demo.folder, 'report.html')
      await writeFile(file, (await demo.run('report')).stdout)
      const page = await browser.newPage({ viewport: { width: 390, height: 800 }, colorScheme })
      const complaints: string[] = []
      page.on('console', (message) => complaints.push(message.text()))
      page.on('request', (request) => complaints.push(...(request.url() === page.url() ? [] : [request.url()])))
      await page.goto(`file://${file}`)
      await page.getByRole('heading', { name: 'Not up: 2' }).waitFor()
      expect(await page.title()).toMatch(/^file:.*registry\.db at /)
      expect(await page.evaluate('document.documentElement.scrollWidth <= innerWidth')).toBe(true)
      expect(complaints.filter((text) => !text.startsWith('file:'))).toEqual([])
      await page.close()
    })
  })
})
