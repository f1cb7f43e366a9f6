import { readFileSync } from 'node:fs'
import { join } from 'node:path'

/** What the web page is made of, by the type that each is served as. */
const TYPES = {
  'index.html': 'text/html',
  'page.css': 'text/css',
  'frame.css': 'text/css',
  'lists.css': 'text/css',
  'details.css': 'text/css',
  'changes.css': 'text/css',
  'plan.css': 'text/css',
  'narrow.css': 'text/css',
  'icon.svg': 'image/svg+xml',
  'main.js': 'text/javascript',
  'address.js': 'text/javascript',
  'changes.js': 'text/javascript',
  'detail.js': 'text/javascript',
  'display.js': 'text/javascript',
  'dom.js': 'text/javascript',
  'download.js': 'text/javascript',
  'groups.js': 'text/javascript',
  'history.js': 'text/javascript',
  'instances.js': 'text/javascript',
  'malformed.js': 'text/javascript',
  'picture.js': 'text/javascript',
  'plan.js': 'text/javascript',
  'runs.js': 'text/javascript',
  'services.js': 'text/javascript',
  'stream.js': 'text/javascript',
  'text.js': 'text/javascript',
  'timeline.js': 'text/javascript',
} as const

export type PageFile = keyof typeof TYPES

export interface ServedFile {
  readonly name: PageFile
  readonly type: string
  readonly content: string
}

/** The files of the web page. In the bundle their contents stand in the place of reading them. */
export function pageFiles(): ServedFile[] {
  const files = Object.entries(TYPES) as [PageFile, string][]
  return files.map(([name, type]) => ({ name, type: `${type}; charset=utf-8`, content: contentOf(name) }))
}

function contentOf(name: PageFile): string {
  return readFileSync(join(import.meta.dirname, name), 'utf8')
}
