// Writes docs/api/: what the library exports, a page for each entry, from the declarations and their comments.
import { mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { keyOf, withDeclarations } from './declarations.mjs'

const root = join(dirname(fileURLToPath(import.meta.url)), '..')
const folder = join(root, 'docs/api')

/** Each entry with its page, and what it is for. */
const ENTRIES = [
  {
    entry: 'index',
    page: 'rollcall',
    about: 'Registering, discovering, watching, balancing, and what the command line does.',
  },
  { entry: 'testing/index', page: 'testing', about: 'A registry in memory, for the tests of programs that use one.' },
  { entry: 'grpc/index', page: 'grpc', about: 'Services of a registry for channels of @grpc/grpc-js.' },
  { entry: 'fetch/index', page: 'fetch', about: 'A `fetch` that goes to the instances of a service.' },
]

/** The pages by their file names. */
export function pages() {
  return withDeclarations(pagesOf)
}

function proseOf(comment) {
  const text = comment
    .replace(/^\/\*\*|\*\/$/g, '')
    .split('\n')
    .map((line) => line.replace(/^\s*\* ?/, '').trim())
    .join('\n')
    .trim()
  return text
    .replaceAll(/(?:^|(?<=\s))@throws /g, '\n\nThrows ')
    .replaceAll(/@param (\w+) - /g, '\n\n`$1`: ')
    .replaceAll(/\n{3,}/g, '\n\n')
    .trim()
}

/** The example programs, those about types first, each in its paragraphs without the imports. */
function examplePrograms() {
  const paths = readdirSync(join(root, 'examples'), { recursive: true, encoding: 'utf8' })
  return paths
    .filter((path) => path.endsWith('.ts'))
    .toSorted((a, b) => isOfTypes(b) - isOfTypes(a) || (a < b ? -1 : 1))
    .map((path) => {
      const text = readFileSync(join(root, 'examples', path), 'utf8')
      return { path, paragraphs: text.split('\n\n').filter((each) => !/^import /m.test(each)) }
    })
}

const isOfTypes = (path) => path.startsWith('types/')

/** What stands in comments and in texts uses nothing. */
const UNUSED = /\/\*[^]*?\*\/|\/\/ .*|'(?:[^'\\\n]|\\.)*'/g

/** The paragraph that shows how a name is used, of the first program that has one; and the programs in which it is used, three at most. */
function exampleOf(name, programs) {
  const use = new RegExp(`(?:(?<![.\\w])|\\brollcall\\.)${name}\\b(?!:)`)
  const uses = (text) => use.test(text.replaceAll(UNUSED, ''))
  const users = programs.filter(({ paragraphs }) => paragraphs.some(uses)).slice(0, 3)
  if (users.length === 0) return ''
  const links = users.map(({ path }) => `[${path}](../../examples/${path})`)
  return `\nUsed in ${links.join(', ')}:\n\n\`\`\`ts\n${users[0].paragraphs.find(uses).trim()}\n\`\`\`\n`
}

function pagesOf(library) {
  const programs = examplePrograms()
  const offered = []
  const written = new Map()
  for (const { entry, page, about } of ENTRIES) {
    const found = library.exported(entry).toSorted((a, b) => (a.name < b.name ? -1 : 1))
    offered.push(...found)
    const specifier = page === 'rollcall' ? page : `rollcall/${page}`
    const intro = `# ${specifier}\n\n${about} Written by \`npm run api\` from the declarations; [compatibility](../compatibility.md) says what of it is promised. What shows a name in use is a part of a program that a test runs.\n`
    written.set(`${page}.md`, [intro, ...found.map((each) => sectionOf(each, programs))].join('\n'))
  }
  const mentioned = mentionedBy(library, offered)
  const intro =
    '# Types that the exported ones mention\n\nNot exported, and a part of what is promised all the same: they can be had from the types that mention them.\n'
  written.set('mentioned.md', [intro, ...mentioned.map((each) => sectionOf(each, []))].join('\n'))
  return written
}

function sectionOf({ name, text, comment }, programs) {
  const said = comment === '' ? '' : `${proseOf(comment)}\n\n`
  return `## ${name}\n\n${said}\`\`\`ts\n${text}\n\`\`\`\n${exampleOf(name, programs)}`
}

/** What is reached from the exported declarations, and not one of them. */
function mentionedBy(library, offered) {
  const own = new Set(offered.map(keyOf))
  const all = [...library.reached(offered).values()]
  return all.filter((each) => !own.has(keyOf(each))).toSorted((a, b) => (a.name < b.name ? -1 : 1))
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  mkdirSync(folder, { recursive: true })
  for (const [name, text] of pages()) writeFileSync(join(folder, name), text)
}
