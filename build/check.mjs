// Runs all checks side by side. One that finds nothing is a line; else all that its tool printed is shown.
import { checks } from './checks.mjs'

async function run([name, check]) {
  const began = performance.now()
  const found = await check().then(
    () => undefined,
    (error) => error.message,
  )
  const seconds = ((performance.now() - began) / 1000).toFixed(1)
  process.stdout.write(`${found === undefined ? 'ok    ' : 'FAILED'} ${name} (${seconds} s)\n`)
  if (found !== undefined) process.stdout.write(`${found}\n`)
  return found === undefined
}

const good = await Promise.all(Object.entries(checks).map(run))
process.exitCode = good.every(Boolean) ? 0 : 1
