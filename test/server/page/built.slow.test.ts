import { expect, it } from 'vitest'
import { Bin } from '../../cli/bin.ts'
import { describeWith } from '../../servers/with-server.ts'
import { Visit, startBrowser } from './visit.ts'

await describeWith('chromium', 'the web page of the built program, whose scripts and styles are made small', () => {
  it('shows who is registered, and what changes', async () => {
    const browser = await startBrowser()
    await using bin = await Bin.build()
    try {
      const server = bin.start(['serve', '-r', 'memory:', '--listen', '127.0.0.1:0', '--insecure-no-auth'])
      await expect.poll(() => server.stderr).toContain('listening at ')
      const [url = ''] = /http:\/\/127\.0\.0\.1:\d+/.exec(server.stderr) ?? []
      await using visit = await Visit.open(browser, url)
      await visit.isLive()
      const words = ['register', 'payments', '--id', 'p-1', '-e', 'http://127.0.0.1:9000', '-r', `${url}/registry`]
      expect(await bin.start(words).ended).toMatchObject({ status: 0 })
      await visit.page.getByText('1 service, 1 instance').waitFor()
      await visit.row('p-1').waitFor()
      expect([...visit.asked]).toEqual([url])
      expect((await server.stop('SIGTERM')).status).toBe(0)
    } finally {
      await browser.close()
    }
  })
})
