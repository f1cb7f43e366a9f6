// Runs the bundle beside it with the code that V8 made of it in an earlier run: reading and compiling it anew would
// take most of a short command's time. Becomes dist/start.cjs, where BUNDLE is the bundle's hash and COMMANDS are the
// names of all commands.
const fs = require('node:fs')
const path = require('node:path')
const vm = require('node:vm')

const MONTH = 30 * 86_400_000
const bundle = path.join(__dirname, 'rollcall.cjs')
// Neither another Node nor another bundle can use it; each command has run other functions.
const command = process.argv.slice(2).find((word) => COMMANDS.includes(word)) ?? 'rollcall'
const name = `${BUNDLE}-${process.version}-${process.arch}-${command}`

function folder() {
  const { XDG_CACHE_HOME, HOME } = process.env
  const home = XDG_CACHE_HOME || (HOME && path.join(HOME, '.cache'))
  return home && path.isAbsolute(home) ? path.join(home, 'rollcall') : undefined
}

/** What others could have written is not run. */
function isOurs(place) {
  const { uid, mode } = fs.lstatSync(place)
  return uid === process.getuid() && (mode & 0o022) === 0
}

function read(place) {
  try {
    return place && isOurs(place) ? fs.readFileSync(path.join(place, name)) : undefined
  } catch {
    return undefined
  }
}

/** Whole or not at all; what older bundles and Nodes have left goes. Where nothing can be written, nothing is kept. */
function keep(place, code) {
  try {
    fs.mkdirSync(place, { recursive: true, mode: 0o700 })
    if (!isOurs(place)) return
    const temporary = path.join(place, `${name}.${process.pid}`)
    fs.writeFileSync(temporary, code, { mode: 0o600 })
    fs.renameSync(temporary, path.join(place, name))
    for (const other of fs.readdirSync(place)) removeOld(path.join(place, other))
  } catch {}
}

function removeOld(file) {
  if (Date.now() - fs.statSync(file).mtimeMs > MONTH) fs.rmSync(file)
}

const place = folder()
const cachedData = read(place)
// The bundle is ASCII: read so, it is not decoded.
const source = fs.readFileSync(bundle, 'latin1')
const script = new vm.Script(source, { filename: bundle, cachedData })
const usable = cachedData !== undefined && !script.cachedDataRejected
if (place && !usable) process.once('exit', (status) => status === 2 || keep(place, script.createCachedData()))

const main = { exports: {} }
script.runInThisContext()(main.exports, require, main, bundle, __dirname)
main.exports.runProcess()
