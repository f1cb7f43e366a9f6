import { chmod, chown, lchown, mkdir, readFile, rename, rm, stat, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { addTrust, readTrust, stateOf, trustPath, strangersOf } from '../../src/config/trust.ts'
import { findProjectFile } from '../../src/config/project-file.ts'
import { createPlace, type Place, refusal, said } from './place.ts'

const NEEDS_LOGIN = 'registry: http://registry.test/registry\nrequestTimeout: 1s\n'
/** A user that is neither this one nor root. */
const STRANGER = 12_345
/** Files of another user can only be made by root. */
const asRoot = process.getuid?.() === 0

let place: Place
let warnings: string[]
beforeEach(async () => {
  place = await createPlace()
  place.env['ROLLCALL_TOKEN'] = 'hush'
  warnings = []
})
afterEach(() => place[Symbol.asyncDispose]())

const warn = (message: string) => void warnings.push(message)
const at = (folder: string) => ({ cwd: join(place.folder, folder), warn })
const code = (folder: string) =>
  place.resolve({}, at(folder)).then(
    ({ target }) => target.token,
    (error: unknown) => (error instanceof Error && 'code' in error ? error.code : error),
  )

async function trust(folder: string): Promise<string> {
  const file = await findProjectFile(join(place.folder, folder), strangersOf({ env: place.env, warn }))
  if (!file) throw new Error('there is no project file')
  return addTrust(file, place.env, 0)
}

describe('trust', () => {
  it('is in a path and its content', async () => {
    await place.file('a/rollcall.yaml', NEEDS_LOGIN)
    await place.file('b/rollcall.yaml', NEEDS_LOGIN)
    expect(await code('a')).toBe('untrusted')

    const path = await trust('a')
    expect(path).toBe(join(place.folder, 'a/rollcall.yaml'))
    expect(await code('a')).toBe('hush')
    expect(await code('b')).toBe('untrusted')

    await place.file('a/rollcall.yaml', `${NEEDS_LOGIN}# another\n`)
    const error = await refusal(() => place.resolve({}, at('a')))
    expect(error.code).toBe('untrusted')
    expect(error.message).toContain(
      'rollcall.yaml names http://registry.test/registry and has changed since it was trusted',
    )
    await place.file('a/rollcall.yaml', NEEDS_LOGIN)
    expect(await code('a')).toBe('hush')

    await rename(join(place.folder, 'a'), join(place.folder, 'c'))
    expect(await code('c')).toBe('untrusted')
  })

  it('is kept for its owner only, and each file once', async () => {
    await place.file('a/rollcall.yaml', NEEDS_LOGIN)
    await trust('a')
    await trust('a')
    const path = trustPath(place.env)
    expect((await stat(path)).mode & 0o777).toBe(0o600)
    const [file] = await readTrust(place.env)
    expect(JSON.parse(await readFile(path, 'utf8')).files).toEqual([file])
    expect(file).toEqual({
      path: join(place.folder, 'a/rollcall.yaml'),
      sha256: expect.stringMatching(/^[0-9a-f]{64}$/),
      since: '1970-01-01T00:00:00.000Z',
    })
    if (!file) throw new Error('nothing is trusted')
    expect(await stateOf(file)).toBe('trusted')
    await rm(file.path)
    expect(await stateOf(file)).toBe('gone')
  })

  it('of twelve files at once is remembered of all', async () => {
    const folders = Array.from({ length: 12 }, (_, index) => `p${index}`)
    for (const folder of folders) await place.file(`${folder}/rollcall.yaml`, NEEDS_LOGIN)
    await Promise.all(folders.map(trust))
    expect((await readTrust(place.env)).map(({ path }) => path).toSorted()).toEqual(
      folders.map((folder) => join(place.folder, folder, 'rollcall.yaml')).toSorted(),
    )
  })

  it('is not read from a file that others could have written, or that says nothing of the kind', async () => {
    await place.file('a/rollcall.yaml', NEEDS_LOGIN)
    await trust('a')
    await chmod(trustPath(place.env), 0o666)
    expect(said(await refusal(() => place.resolve({}, at('a'))))).toContain('could have been written by another user')
    await chmod(trustPath(place.env), 0o600)
    await writeFile(trustPath(place.env), '{"files":[{"path":"/"}]}')
    expect(said(await refusal(() => place.resolve({}, at('a'))))).toContain(
      'is not a valid list of trusted project files',
    )
  })

  it('does not pass along a symbolic link to a file that is trusted: relative paths would lead elsewhere', async () => {
    await place.file('a/rollcall.yaml', NEEDS_LOGIN)
    await trust('a')
    await mkdir(join(place.folder, 'b'))
    await symlink(join(place.folder, 'a/rollcall.yaml'), join(place.folder, 'b/rollcall.yaml'))
    expect(await code('b')).toBe('untrusted')
  })

  it('is in the folder, however one came to it', async () => {
    await place.file('a/rollcall.yaml', NEEDS_LOGIN)
    await symlink(join(place.folder, 'a'), join(place.folder, 'way'))
    await trust('way')
    expect(await code('a')).toBe('hush')
  })

  it('is not asked for where a flag, a variable or a context names the registry', async () => {
    await place.file('a/rollcall.yaml', NEEDS_LOGIN)
    const flags = { registry: 'http://registry.test/registry' }
    expect((await place.resolve(flags, at('a'))).target.token).toBe('hush')
    place.env['ROLLCALL_REGISTRY'] = 'http://registry.test/registry'
    expect(await code('a')).toBe('hush')
    place.env['ROLLCALL_REGISTRY'] = undefined
    await place.file(
      'home/.config/rollcall/config.yaml',
      'contexts: { mine: { registry: "http://mine.test/registry" } }',
    )
    await place.file('a/rollcall.yaml', 'context: mine\n')
    expect(await code('a')).toBe('hush')
  })
})

describe('ROLLCALL_TRUST_PROJECT', () => {
  it.each([
    ['a/rollcall.yaml', 'hush'],
    ['a', 'hush'],
    ['a/', 'hush'],
    ['', 'hush'],
    ['way', 'hush'],
    ['way/rollcall.yaml', 'hush'],
    ['a/deep', 'untrusted'],
    ['b', 'untrusted'],
    ['a-evil', 'untrusted'],
    ['rollcall.yaml', 'untrusted'],
    ['nowhere/../a', 'hush'],
  ])('with the path of %j', async (path, expected) => {
    await place.file('a/rollcall.yaml', NEEDS_LOGIN)
    await place.file('a/deep/.keep', '')
    await place.file('a-evil/.keep', '')
    await symlink(join(place.folder, 'a'), join(place.folder, 'way'))
    place.env['ROLLCALL_TRUST_PROJECT'] = `${place.folder}/${path}`
    expect(await code('a/deep')).toBe(expected)
  })

  it('does not take a folder for one whose name begins alike', async () => {
    await place.file('a-evil/rollcall.yaml', NEEDS_LOGIN)
    await place.file('a/.keep', '')
    place.env['ROLLCALL_TRUST_PROJECT'] = join(place.folder, 'a')
    expect(await code('a-evil')).toBe('untrusted')
  })

  it.each(['.', 'a', './a/rollcall.yaml', '~'])('must be absolute, and is not as %j', async (value) => {
    await place.file('a/rollcall.yaml', NEEDS_LOGIN)
    place.env['ROLLCALL_TRUST_PROJECT'] = value
    const error = await refusal(() => place.resolve({}, at('a')))
    expect(error.code).toBe('usage')
    expect(said(error)).toContain(`ROLLCALL_TRUST_PROJECT=${place.folder}/a`)
  })

  it('is an error where it is empty, since it was meant to say something', async () => {
    await place.file('a/rollcall.yaml', NEEDS_LOGIN)
    place.env['ROLLCALL_TRUST_PROJECT'] = ''
    expect(said(await refusal(() => place.resolve({}, at('a'))))).toContain('ROLLCALL_TRUST_PROJECT is empty')
  })
})

describe.skipIf(!asRoot)('a project file of another user', () => {
  it('is passed over with a warning, for the next one above', async () => {
    await place.file('rollcall.yaml', 'registry: "file:./mine.db"')
    place.env['ROLLCALL_TOKEN'] = undefined
    const theirs = await place.file('a/rollcall.yaml', 'registry: "file:./theirs.db"')
    await chown(theirs, STRANGER, STRANGER)
    const { target } = await place.resolve({}, at('a'))
    expect(target.url.path).toBe(join(place.folder, 'mine.db'))
    expect(warnings).toEqual([
      `${theirs} is ignored: it belongs to another user (uid ${STRANGER}); ROLLCALL_TRUST_PROJECT=${theirs} accepts it`,
    ])
  })

  it.each(['a/rollcall.yaml', 'a'])('is used where ROLLCALL_TRUST_PROJECT names %s', async (path) => {
    await chown(await place.file('a/rollcall.yaml', NEEDS_LOGIN), STRANGER, STRANGER)
    place.env['ROLLCALL_TRUST_PROJECT'] = join(place.folder, path)
    expect(await code('a')).toBe('hush')
    expect(warnings).toEqual([])
  })

  it('is passed over behind a link of this user, and a link of theirs before a file of this one', async () => {
    const theirs = await place.file('theirs.yaml', NEEDS_LOGIN)
    await chown(theirs, STRANGER, STRANGER)
    await mkdir(join(place.folder, 'a'))
    await symlink(theirs, join(place.folder, 'a/rollcall.yaml'))
    expect(await code('a')).toBe('config')

    await place.file('mine.yaml', NEEDS_LOGIN)
    await mkdir(join(place.folder, 'b'))
    await symlink(join(place.folder, 'mine.yaml'), join(place.folder, 'b/rollcall.yaml'))
    await lchown(join(place.folder, 'b/rollcall.yaml'), STRANGER, STRANGER)
    expect(await code('b')).toBe('config')
    expect(warnings).toHaveLength(2)
  })

  it('is not written through: a link of theirs in the place of the trusted files', async () => {
    await place.file('a/rollcall.yaml', NEEDS_LOGIN)
    const victim = await place.file('victim', 'precious')
    const path = trustPath(place.env)
    await place.file('home/.config/rollcall/.keep', '')
    await symlink(victim, path)
    await lchown(path, STRANGER, STRANGER)
    const error = await refusal(() => trust('a'))
    expect(error.code).toBe('config')
    expect(await readFile(victim, 'utf8')).toBe('precious')
  })
})
