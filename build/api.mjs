// Writes docs/api/: what the library exports, a page for each entry, from the declarations and their comments. `--check` only compares.
import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'

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
  const declarations = mkdtempSync(join(tmpdir(), 'rollcall-api-'))
  try {
    const typescript = join(dirname(createRequire(import.meta.url).resolve('typescript/package.json')), 'bin/tsc')
    const words = ['-p', 'tsconfig.build.json', '--emitDeclarationOnly', '--outDir', declarations]
    execFileSync(process.execPath, [typescript, ...words], { cwd: root, stdio: 'inherit' })
    return pagesOf(new Library(declarations))
  } finally {
    rmSync(declarations, { recursive: true })
  }
}

/** The declarations that tsc wrote, read when they are asked for. */
class Library {
  #folder
  #files = new Map()

  constructor(declarations) {
    this.#folder = declarations
  }

  /** The declarations of a file by name, what it imports, and what it hands on. */
  file(path) {
    const known = this.#files.get(path)
    if (known) return known
    const text = readFileSync(join(this.#folder, `${path}.d.ts`), 'utf8')
    const file = { path, ...statementsOf(text) }
    this.#files.set(path, file)
    return file
  }

  /** Where a name of a file is declared. Undefined for one that another package has. */
  find(path, name) {
    const { declared, from } = this.file(path)
    if (declared.has(name)) return { path, name, ...declared.get(name) }
    const origin = from.get(name)
    if (origin === undefined || !origin.specifier.startsWith('.')) return undefined
    const found = this.find(relativeTo(path, origin.specifier), origin.name)
    // What has no comment of its own is of a list that has one.
    if (found?.comment === '') found.comment = origin.comment
    return found
  }
}

const relativeTo = (path, specifier) => resolve('/', dirname(path), specifier.replace(/(\.d)?\.[jt]s$/, '')).slice(1)

const BEGINNING = /^(?:export |import |declare |interface |type |class |const |\/\*\*)/
const NAME = /^(?:export )?(?:declare )?(?:abstract )?(?:function|const|class|interface|type) (\w+)/

/** Cuts a file of declarations into its statements, each with the comment before it. */
function statementsOf(text) {
  const [declared, from] = [new Map(), new Map()]
  const parts = []
  for (const line of text.split('\n')) {
    const isOpen = parts.at(-1)?.startsWith('/**') && !parts.at(-1).trimEnd().endsWith('*/')
    const isNew = !isOpen && (BEGINNING.test(line) || parts.length === 0)
    if (isNew) parts.push(line)
    else {
      // A comment on a member of a union stands at the beginning of a line, as one on a statement does.
      if (!isOpen && /^ *[|{]/.test(line) && parts.at(-1).startsWith('/**')) joinLast(parts)
      parts[parts.length - 1] += `\n${line}`
    }
  }
  let comment = ''
  for (const part of parts) {
    if (part.startsWith('/**')) comment = part
    else {
      take(part, comment)
      comment = ''
    }
  }
  return { declared, from }

  function take(part, before) {
    const name = NAME.exec(part)?.[1]
    const list = /^(?:export|import) (?:type )?\{([^}]*)\} from '([^']+)'/.exec(part)
    if (list) {
      for (const word of list[1].split(',')) {
        const [, original, alias] = /^\s*(?:type )?(\w+)(?: as (\w+))?\s*$/.exec(word) ?? []
        if (original)
          from.set(alias ?? original, {
            specifier: list[2],
            name: original,
            isExported: part.startsWith('export'),
            comment: before,
          })
      }
    } else if (name) {
      const { text: earlier = '', comment: said = '' } = declared.get(name) ?? {}
      declared.set(name, { text: `${earlier}${earlier && '\n'}${tidy(part)}`, comment: said || before })
    }
  }
}

function joinLast(parts) {
  const last = parts.pop()
  parts[parts.length - 1] += `\n${last}`
}

/** Without what nobody can use. */
function tidy(text) {
  const lines = text.split('\n').filter((line) => !/^\s*(#private;|private |\/\/# sourceMappingURL)/.test(line))
  return lines
    .map((line) => line.trimEnd())
    .join('\n')
    .trimEnd()
    .replace(/^export declare |^export |^declare /, '')
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

/** The example programs that use a name. */
function usersOf(name, programs) {
  const use = new RegExp(`\\b${name}\\b`)
  return programs.filter(({ text }) => use.test(text)).map(({ path }) => path)
}

function pagesOf(library) {
  const programs = readdirSync(join(root, 'examples'), { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith('.ts'))
    .toSorted()
    .map((path) => ({ path, text: readFileSync(join(root, 'examples', path), 'utf8') }))
  const offered = new Map()
  const written = new Map()
  for (const { entry, page, about } of ENTRIES) {
    const { from } = library.file(entry)
    const names = [...from].filter(([, { isExported }]) => isExported).map(([name]) => name)
    const found = names.toSorted((a, b) => (a < b ? -1 : 1)).map((name) => library.find(entry, name))
    for (const each of found) offered.set(`${each.path}#${each.name}`, page)
    const specifier = page === 'rollcall' ? page : `rollcall/${page}`
    const intro = `# ${specifier}\n\n${about} Written by \`npm run api\` from the declarations; [compatibility](../compatibility.md) says what of it is promised.\n`
    written.set(`${page}.md`, [intro, ...found.map((each) => sectionOf(each, programs))].join('\n'))
  }
  const mentioned = mentionedBy(library, offered)
  const intro =
    '# Types that the exported ones mention\n\nNot exported, and a part of what is promised all the same: they can be had from the types that mention them.\n'
  written.set('mentioned.md', [intro, ...mentioned.map((each) => sectionOf(each, []))].join('\n'))
  return written
}

function sectionOf({ name, text, comment }, programs) {
  const users = usersOf(name, programs).map((path) => `[${path}](../../examples/${path})`)
  const used = users.length > 0 ? `\nUsed in ${users.slice(0, 3).join(', ')}.\n` : ''
  const said = comment === '' ? '' : `${proseOf(comment)}\n\n`
  return `## ${name}\n\n${said}\`\`\`ts\n${text}\n\`\`\`\n${used}`
}

/** What is reached from the exported declarations by the names in them. */
function mentionedBy(library, offered) {
  const queue = [...offered.keys()]
  const seen = new Set(queue)
  const found = []
  for (const key of queue) {
    const [path, name] = key.split('#')
    for (const [word] of library
      .file(path)
      .declared.get(name)
      .text.matchAll(/\b[A-Z]\w+\b/g)) {
      const each = library.find(path, word)
      if (!each || seen.has(`${each.path}#${each.name}`)) continue
      seen.add(`${each.path}#${each.name}`)
      queue.push(`${each.path}#${each.name}`)
      found.push(each)
    }
  }
  return found.toSorted((a, b) => (a.name < b.name ? -1 : 1))
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  mkdirSync(folder, { recursive: true })
  for (const [name, text] of pages()) writeFileSync(join(folder, name), text)
}
