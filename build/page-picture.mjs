// Draws docs/page-light.png and docs/page-dark.png: the web page of `serve` on the demo's registry, in a real browser.
import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { build } from 'esbuild'
import { chromium } from 'playwright-core'
import { company } from '../examples/demo/company.mjs'

const root = join(import.meta.dirname, '..')
const bin = join(root, 'bin/rollcall.js')
const folder = mkdtempSync(join(tmpdir(), 'rollcall-page-'))
const env = { ...process.env, ROLLCALL_REGISTRY: 'file:registry.db', XDG_STATE_HOME: join(folder, 'state') }
const size = { width: 1360, height: 900 }

const records = company(Date.now()).map((record) => `${JSON.stringify(record)}\n`)
writeFileSync(join(folder, 'company.ndjson'), records.join(''))
execFileSync(process.execPath, [bin, 'restore', 'company.ndjson', '--yes', '-q'], { cwd: folder, env, stdio: 'ignore' })
const serve = [
  'serve',
  '--listen',
  '127.0.0.1:0',
  '--insecure-no-auth',
  '--audit-log',
  'audit.ndjson',
  '--journal',
  'journal.db',
]
const server = spawn(process.execPath, [bin, ...serve], { cwd: folder, env, stdio: ['ignore', 'ignore', 'pipe'] })
const browser = await chromium.launch(await program())
try {
  const [said] = await once(server.stderr.setEncoding('utf8'), 'data')
  const [url = ''] = /http:\/\/[\d.:]+/.exec(said) ?? []
  await aDrain(url)
  const pages = await Promise.all(['light', 'dark'].map((colours) => open(url, colours)))
  await someChanges(url)
  for (const { page, colours } of pages) {
    await page.locator('#changes li').nth(4).waitFor()
    await page.locator('#runs li').first().waitFor()
    await page.locator('.timeline [data-tone=up] + [data-tone=down]').first().waitFor()
    await page.locator('.record').nth(1).locator('summary').click()
    await page.waitForTimeout(3_000) // until what has changed no longer stands out
    await page.screenshot({ path: join(root, `docs/page-${colours}.png`) })
  }
} finally {
  await browser.close()
  server.kill('SIGTERM')
  await once(server, 'exit')
  rmSync(folder, { recursive: true })
}

async function open(url, colours) {
  const page = await browser.newPage({ viewport: size, colorScheme: colours })
  await page.goto(url)
  await page.locator('#link[data-state=live]').waitFor()
  await page.locator('.record').nth(1).waitFor()
  return { page, colours }
}

/** A deployment, and an operator who takes one out of traffic. */
async function someChanges(url) {
  const ask = async (method, path, body) => {
    const sent = body ? { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) } : {}
    const answer = await fetch(`${url}/registry/${path}`, { method, ...sent })
    return (await answer.json()).data
  }
  const mailer = { name: 'mailer', env: 'prod', metadata: { version: '2.4.0' } }
  const first = await ask('POST', 'services', { ...mailer, address: '10.1.3.24:8080', status: 'starting' })
  await ask('PUT', `services/${first.id}/renew`)
  await ask('POST', 'services', { ...mailer, address: '10.1.3.25:8080', weight: 10 })
  await ask('PUT', 'services/mailer-4f0c2a7be19d3356/offline')
  await ask('PUT', 'services/mailer-c7a81b3f60d2e945/renew')
}

/** A host that is taken out of traffic, which can be undone. */
async function aDrain(url) {
  const ask = async (path, body) => {
    const headers = { 'content-type': 'application/json' }
    const answer = await fetch(`${url}/registry/${path}`, { method: 'POST', headers, body: JSON.stringify(body) })
    return (await answer.json()).data
  }
  const asked = { action: 'drain', host: '10.1.8.77' }
  const { digest } = await ask('plans', asked)
  await ask('plans/apply', { ...asked, digest })
}

/** The tests' browser, and letters that it has everywhere. */
async function program() {
  const entryPoints = [join(root, 'test/servers/chromium/provision.ts')]
  const { outputFiles } = await build({ entryPoints, bundle: true, platform: 'node', format: 'esm', write: false })
  const kind = await import(`data:text/javascript,${encodeURIComponent(outputFiles[0].text)}`)
  const { programs } = await kind.chromium.provision((line) => process.stderr.write(`${line}\n`))
  const fonts = join(folder, 'fonts.conf')
  const dirs = ['/usr/share/fonts', join(dirname(programs.chromium), 'fonts')].map((dir) => `<dir>${dir}</dir>`)
  const alias = '<alias binding="strong"><family>system-ui</family><prefer><family>Open Sans</family></prefer></alias>'
  writeFileSync(fonts, `<fontconfig>${dirs.join('')}<cachedir>${folder}</cachedir>${alias}</fontconfig>`)
  return { executablePath: programs.chromium, args: ['--no-sandbox'], env: { ...process.env, FONTCONFIG_FILE: fonts } }
}
