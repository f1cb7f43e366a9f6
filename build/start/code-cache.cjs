// The bundle and the libraries beside it, with the code that V8 made of them in an earlier run: reading and compiling them anew
// would take most of a short command's time.
const fs = require('node:fs')
const path = require('node:path')
const vm = require('node:vm')
const { crc32, brotliDecompressSync } = require('node:zlib')
const { readOwn } = require('./files.cjs')

const MONTH = 30 * 86_400_000
/** Bytes of it, behind the code. */
const CHECKSUM = 4
// Neither another Node, other flags of V8 nor another bundle can use it; each command has run other functions.
const command = process.argv.slice(2).find((word) => COMMANDS.includes(word)) ?? 'rollcall'
const origin = `${BUNDLE}-${process.version}-${process.arch}-${flags()}`

/** V8's tag of its version, flags and processor. Asking for it costs milliseconds: without flags that of the version does. */
function flags() {
  if (process.execArgv.length === 0 && !process.env.NODE_OPTIONS) return process.versions.v8
  return require('node:v8').cachedDataVersionTag().toString(16)
}

function folder() {
  const { XDG_CACHE_HOME, HOME } = process.env
  const home = XDG_CACHE_HOME || (HOME && path.join(HOME, '.cache'))
  return home && path.isAbsolute(home) ? path.join(home, 'rollcall') : undefined
}

/** What others could have written is not run. */
function isOurs({ uid, mode }) {
  return uid === process.getuid?.() && (mode & 0o022) === 0
}

/** V8 crashes at code that is damaged: it gets only what has the checksum with which it was kept. */
function read(place, name) {
  let file
  try {
    if (!place || !isOurs(fs.lstatSync(place))) return undefined
    file = fs.openSync(path.join(place, name), fs.constants.O_RDONLY | fs.constants.O_NOFOLLOW)
    if (!isOurs(fs.fstatSync(file))) return undefined
    const kept = fs.readFileSync(file)
    const code = kept.subarray(0, -CHECKSUM)
    return kept.readUInt32LE(code.length) === checksum(code, name) ? code : undefined
  } catch {
    return undefined
  } finally {
    if (file !== undefined) fs.closeSync(file)
  }
}

/** Of the name, too: a file that was renamed is another one's. */
function checksum(code, name) {
  return crc32(code, crc32(name))
}

/** Node's own recursive one never ends where a file system takes no new folders, as below /proc. */
function makeFolder(place) {
  try {
    fs.mkdirSync(place, { mode: 0o700 })
  } catch (error) {
    if (error.code === 'EEXIST') return
    if (error.code !== 'ENOENT' || fs.existsSync(path.dirname(place))) throw error
    makeFolder(path.dirname(place))
    fs.mkdirSync(place, { mode: 0o700 })
  }
}

/** Whole or not at all; what older bundles and Nodes have left goes. Where nothing can be written, nothing is kept. */
function keep(place, name, code) {
  try {
    makeFolder(place)
    if (!isOurs(fs.lstatSync(place))) return
    const end = Buffer.alloc(CHECKSUM)
    end.writeUInt32LE(checksum(code, name))
    const temporary = path.join(place, `${name}.${process.pid}`)
    fs.writeFileSync(temporary, Buffer.concat([code, end]), { mode: 0o600 })
    fs.renameSync(temporary, path.join(place, name))
    for (const other of fs.readdirSync(place)) removeOld(path.join(place, other))
  } catch {}
}

function removeOld(file) {
  if (Date.now() - fs.statSync(file).mtimeMs > MONTH) fs.rmSync(file)
}

/** What the bundle exports. */
exports.loadBundle = () => load('rollcall.cjs', command, readOwn)

/** What a file of the build exports. Keeps its code at the end of the process, unless it is kept already. */
function load(file, kind, bytesOf) {
  const place = folder()
  const name = `${origin}-${kind}`
  const filename = path.join(__dirname, file)
  const cachedData = read(place, name)
  // It is ASCII: read so, it is not decoded.
  const source = bytesOf(file).toString('latin1')
  const script = new vm.Script(source, { filename, cachedData })
  const usable = cachedData !== undefined && !script.cachedDataRejected
  if (place && !usable) process.once('exit', (status) => status === 2 || keep(place, name, script.createCachedData()))

  const made = { exports: {} }
  script.runInThisContext()(made.exports, requireOrLoad, made, filename, __dirname)
  return made.exports
}

const libraries = new Map()

/** A package: from the file that holds it, or as Node finds it. */
function requireOrLoad(id) {
  const file = LIBRARIES[id]
  if (file === undefined) return require(id)
  if (!libraries.has(file)) libraries.set(file, load(`${file}.cjs`, `${command}-${file}`, uncompressed))
  return libraries.get(file)[id]()
}

function uncompressed(name) {
  return brotliDecompressSync(readOwn(`${name}.br`))
}
