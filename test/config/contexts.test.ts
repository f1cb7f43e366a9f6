import { lstat, readdir, readFile, stat, symlink } from 'node:fs/promises'
import { userInfo } from 'node:os'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { addContext, contextsPath, readContexts, removeContext, useContext } from '../../src/config/contexts.ts'
import { trustPath } from '../../src/config/trust.ts'
import { stateFolder } from '../../src/config/user-folders.ts'
import { CONTEXTS, createPlace, type Place, refusal, said } from './place.ts'

let place: Place
beforeEach(async () => {
  place = await createPlace()
})
afterEach(() => place[Symbol.asyncDispose]())

describe('contexts', () => {
  it('are kept in the XDG config folder', () => {
    expect(contextsPath({ HOME: '/h' })).toBe('/h/.config/rollcall/config.yaml')
    expect(contextsPath({ HOME: '/h', XDG_CONFIG_HOME: '/x' })).toBe('/x/rollcall/config.yaml')
    expect(contextsPath({ HOME: '/h', XDG_CONFIG_HOME: 'relative' })).toBe('/h/.config/rollcall/config.yaml')
  })

  it.each(['', '.', 'relative', undefined])(
    'are never looked for in the current folder, as with the home %j',
    (home) => {
      const own = userInfo().homedir
      expect(contextsPath({ HOME: home })).toBe(`${own}/.config/rollcall/config.yaml`)
      expect(trustPath({ HOME: home, XDG_CONFIG_HOME: '.' })).toBe(`${own}/.config/rollcall/trust.json`)
      expect(stateFolder({ HOME: home, XDG_STATE_HOME: 'relative' })).toBe(`${own}/.local/state/rollcall`)
    },
  )

  it('are added, used and removed, for their owner only, leaving no draft behind', async () => {
    await addContext(place.env, 'prod', { registry: 'etcds://a:1', prefix: '/p', readOnly: true, confirm: 'name' })
    await addContext(place.env, 'dev', { registry: 'file:/tmp/dev.db' })
    await useContext(place.env, 'prod')
    const path = contextsPath(place.env)
    expect(await readFile(path, 'utf8')).toBe(`contexts:
  prod:
    registry: etcds://a:1
    prefix: /p
    readOnly: true
    confirm: name
  dev:
    registry: file:/tmp/dev.db
current: prod
`)
    expect((await stat(path)).mode & 0o777).toBe(0o600)
    expect(await readdir(dirname(path))).toEqual(['config.yaml'])
    expect(await place.resolve()).toMatchObject({ context: 'prod', readOnly: true, confirm: 'name' })

    await removeContext(place.env, 'prod')
    const { names, current } = await readContexts(place.env)
    expect({ names, current }).toEqual({ names: ['dev'], current: undefined })
  })

  it('that are added at the same time all remain', async () => {
    const names = Array.from({ length: 12 }, (_, at) => `c${at}`)
    await Promise.all(names.map((name) => addContext(place.env, name, { registry: 'memory:' })))
    expect((await readContexts(place.env)).names.toSorted()).toEqual(names.toSorted())
    await Promise.all(names.slice(1).map((name) => removeContext(place.env, name)))
    expect((await readContexts(place.env)).names).toEqual(['c0'])
    expect(await readdir(dirname(contextsPath(place.env)))).toEqual(['config.yaml'])
  })

  it("keep their owner's comments, and a symbolic link", async () => {
    const real = await place.file(
      'dotfiles/rollcall.yaml',
      '# mine\ncontexts:\n  # the old one\n  old:\n    registry: "memory:" # quoted\n',
    )
    const path = contextsPath(place.env)
    await place.file('home/.config/rollcall/.keep', '')
    await symlink(real, path)
    await addContext(place.env, 'new', { registry: 'etcd://a:1' })
    expect((await lstat(path)).isSymbolicLink()).toBe(true)
    expect(await readFile(real, 'utf8')).toBe(
      '# mine\ncontexts:\n  # the old one\n  old:\n    registry: "memory:" # quoted\n  new:\n    registry: etcd://a:1\n',
    )
  })

  it.each([
    ['a b', { registry: 'memory:' }, '"a b" cannot be the name of a context'],
    ['-x', { registry: 'memory:' }, '"-x" cannot be the name of a context'],
    ['old', { registry: 'memory:' }, 'context old already exists · remove it first: rollcall context rm old'],
    ['new', { registry: 'nope://a' }, 'no kind of registry has the scheme "nope:"'],
    ['new', { registry: 'etcd://root:hush@a:1' }, 'carries a password'],
  ])('%s is not added with %o', async (name, context, expected) => {
    const before = 'contexts: { old: { registry: "memory:" } }'
    const path = await place.file(CONTEXTS, before)
    const error = await refusal(() => addContext(place.env, name, context))
    expect(error.code).toBe('usage')
    expect(said(error)).toContain(expected)
    expect(said(error)).not.toContain('hush')
    expect(await readFile(path, 'utf8')).toBe(before)
  })

  it('name what is missing', async () => {
    expect(said(await refusal(() => place.resolve({ context: 'prod' })))).toContain(
      'rollcall context add prod --registry URL',
    )
    await place.file(CONTEXTS, 'current: gone\ncontexts: { prod: { registry: "memory:" } }')
    expect(said(await refusal(() => place.resolve({ context: 'prd' })))).toContain('did you mean "prod"?')
    expect(said(await refusal(() => place.resolve()))).toContain('there is no context "gone"')
    expect((await refusal(() => useContext(place.env, 'prd'))).code).toBe('config')
    expect((await refusal(() => removeContext(place.env, 'prd'))).code).toBe('config')
  })

  it('say where they cannot be written', async () => {
    await place.file('home/.config', 'a file where a folder should be')
    const error = await refusal(() => addContext(place.env, 'x', { registry: 'memory:' }))
    expect(error.code).toBe('config')
    expect(error.message).toContain(`${join(place.folder, CONTEXTS)} cannot be written: `)
  })
})

const one = (fields: string) => `contexts:\n  prod:\n    registry: etcd://a:1\n    ${fields}\n`

describe('a file that is wrong', () => {
  it.each([
    ['contexts:\n  prod: {registry: "memory:"}\nversion: 2\n', ':3: there is no field "version"'],
    [one('prefx: /p'), ':4: there is no field "prefx" · did you mean "prefix"? (or a newer rollcall wrote this file)'],
    [
      one('password: hush'),
      ':4: password: secrets are never kept here · put it into a file of its own and name that with passwordFile',
    ],
    [
      one('token: hush'),
      ':4: token: secrets are never kept here · put it into a file of its own and name that with tokenFile',
    ],
    [one('prefix: 7'), ':4: prefix must be text, and not empty'],
    [one('readOnly: "yes"'), ':4: readOnly must be true or false'],
    [one('confirm: always'), ':4: confirm can only be "name"'],
    [one('allNamespaces: 1'), ':4: allNamespaces must be true or false'],
    [one('layout: kratoss'), 'context prod: there is no layout "kratoss" · did you mean "kratos"'],
    [one('requestTimeout: "5"'), 'context prod: "5" is not a valid duration'],
    [one('user: root:hush'), 'context prod: the user carries a password'],
    [one('password: *hush'), ' · '],
    ['contexts:\n  prod:\n    prefix: /p\n', ':2: context prod names no registry'],
    [
      'contexts:\n  prod:\n    registry: etcd://root:hush@a:1\n',
      'context prod: the registry URL etcd://… carries a password',
    ],
    ['contexts: [hush]', ':1: contexts must be a map of names and values'],
    ['- hush', ':1: the file must be a map of names and values'],
    ['contexts:\n\tprod: hush: hush', ':2: this is not valid YAML'],
    ['"hush', ':1: this is not valid YAML'],
  ])('%j', async (text, expected) => {
    await place.file(CONTEXTS, text)
    const error = await refusal(() => place.resolve({ context: 'prod' }))
    expect(said(error)).toContain(expected)
    expect(said(error)).not.toContain('hush')
    expect(['config', 'usage']).toContain(error.code)
  })

  it('is not changed', async () => {
    const path = await place.file(CONTEXTS, 'contexts: [')
    await refusal(() => addContext(place.env, 'x', { registry: 'memory:' }))
    expect(await readFile(path, 'utf8')).toBe('contexts: [')
  })
})

describe('a project file', () => {
  it('has its paths and files beside itself', async () => {
    await place.file('repo/ca.pem', 'PEM')
    await place.file('repo/secret', 'hush\n')
    await place.file(
      'repo/rollcall.yaml',
      'registry: etcds://a:1\ncacert: ca.pem\nuser: root\npasswordFile: ./secret\nreadOnly: true\n',
    )
    await place.file('repo/deep/er/.keep', '')
    place.env['ROLLCALL_TRUST_PROJECT'] = `${place.folder}/repo`
    const resolved = await place.resolve({}, { cwd: `${place.folder}/repo/deep/er` })
    expect(resolved).toMatchObject({ readOnly: true, target: { user: 'root', password: 'hush' } })
    expect(resolved.target.tls?.cacert).toBe(`${place.folder}/repo/ca.pem`)
    expect(resolved.origins).toContainEqual({ name: 'password', value: '***', from: '../../rollcall.yaml' })
  })

  it('has an embedded registry beside itself, whatever its folder is called', async () => {
    await place.file('100% #1?/rollcall.yaml', 'registry: "file:./a%20b.db?layout=plain"')
    const { target } = await place.resolve({}, { cwd: `${place.folder}/100% #1?` })
    expect(target).toMatchObject({ layout: 'plain', url: { path: `${place.folder}/100% #1?/a b.db` } })
  })

  it.each([
    ['', 'rollcall.yaml names no registry · write registry: URL or context: NAME into it'],
    ['prefix: /p', 'rollcall.yaml names no registry'],
    ['context: prod\nprefix: /p', 'rollcall.yaml names a context together with other fields'],
    ['registry: "memory:"\nconfirm: name', 'only a context has a name to confirm'],
    ['registry: "memory:"\ncurrent: x', 'rollcall.yaml:2: there is no field "current"'],
  ])('%j is refused', async (text, expected) => {
    await place.file('rollcall.yaml', text)
    const error = await refusal(() => place.resolve())
    expect(error.code).toBe('config')
    expect(said(error)).toContain(expected)
  })
})
