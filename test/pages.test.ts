import { existsSync, readFileSync, readdirSync } from 'node:fs'
import { dirname, join, relative, resolve } from 'node:path'
import { describe, expect, it } from 'vitest'

const root = resolve(import.meta.dirname, '..')
const pages = [
  ...readdirSync(root).filter((name) => name.endsWith('.md')),
  ...readdirSync(join(root, 'docs'), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.md'))
    .map((name) => join('docs', name)),
]
const textOf = (page: string) => readFileSync(join(root, page), 'utf8')

/** Where a page means a path to begin: `cli/main.ts`, `etcd/wire.ts`. */
const BEGINNINGS = ['', 'src', 'src/backends']

/** The anchors of a page's headings, as code hosts make them. */
function anchorsOf(page: string): string[] {
  return [...textOf(page).matchAll(/^#+ (.+)$/gm)].map(([, heading = '']) =>
    heading
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N} _-]/gu, '')
      .replaceAll(' ', '-'),
  )
}

function isThere(page: string, link: string): boolean {
  const [path = '', anchor] = link.split('#')
  const target = path === '' ? page : relative(root, join(root, dirname(page), path))
  if (!existsSync(join(root, target))) return false
  return anchor === undefined || anchorsOf(target).includes(anchor)
}

describe('the pages', () => {
  it.each(pages)('link to pages and headings that are there: %s', (page) => {
    const links = [...textOf(page).matchAll(/\]\(([^)\s]+)\)/g)].map(([, link = '']) => link)
    expect(links.filter((link) => !/^https?:/.test(link) && !isThere(page, link))).toEqual([])
  })

  it.each(pages)('name files of the source that are there: %s', (page) => {
    const named = [...textOf(page).matchAll(/`([\w.-]+(?:\/[\w.-]+)+\.(?:ts|mjs|cjs|js))`/g)].map(
      ([, path = '']) => path,
    )
    expect(named.filter((path) => !BEGINNINGS.some((folder) => existsSync(join(root, folder, path))))).toEqual([])
  })

  it('link and name at all', () => {
    expect(isThere('README.md', 'docs/ci.md#what-a-status-means-there')).toBe(true)
    expect(isThere('README.md', 'docs/ci.md#nothing')).toBe(false)
    expect(textOf('docs/architecture.md')).toMatch(/`\w+\/\w+\.ts`/)
  })
})
