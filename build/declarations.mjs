import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { dirname, join, resolve } from 'node:path'

const root = join(import.meta.dirname, '..')
const tsc = join(dirname(createRequire(import.meta.url).resolve('typescript/package.json')), 'bin/tsc')

/** Has the compiler write the declarations of the library, and calls back with them. */
export function withDeclarations(use) {
  const folder = mkdtempSync(join(tmpdir(), 'rollcall-declarations-'))
  try {
    execFileSync(process.execPath, [tsc, '-p', 'tsconfig.build.json', '--outDir', folder], {
      cwd: root,
      stdio: 'inherit',
    })
    return use(new Declarations(folder))
  } finally {
    rmSync(folder, { recursive: true })
  }
}

/** The declarations that the compiler wrote, read when they are asked for. Files are named as in src/, without their ending. */
class Declarations {
  #folder
  #files = new Map()

  constructor(folder) {
    this.#folder = folder
  }

  /** What a file declares, and what it imports or hands on, by name. */
  file(path) {
    const known = this.#files.get(path)
    if (known) return known
    const file = statementsOf(readFileSync(join(this.#folder, `${path}.d.ts`), 'utf8'))
    this.#files.set(path, file)
    return file
  }

  /** What a file hands on, in its order: where it is declared, and whether it is handed on as a type alone. */
  exported(path) {
    const names = [...this.file(path).from].filter(([, { isExported }]) => isExported)
    return names.map(([name, { isType }]) => Object.assign(this.find(path, name), { isType }))
  }

  /** Where a name of a file is declared. Undefined for one that another package has. */
  find(path, name) {
    const { declared, from } = this.file(path)
    if (declared.has(name)) return { path, name, ...declared.get(name) }
    const origin = from.get(name)
    if (origin === undefined || !origin.specifier.startsWith('.')) return undefined
    if (origin.name !== name) throw new Error(`${path}.ts has another name for ${origin.name}`)
    const found = this.find(relativeTo(path, origin.specifier), name)
    // What has no comment of its own is of a list that has one.
    if (found?.comment === '') found.comment = origin.comment
    return found
  }

  /** What the text of a declaration names of this library. */
  namedBy({ path, name }) {
    const words = new Set(this.file(path).declared.get(name).text.match(NAMED))
    return [...words].map((word) => this.find(path, word)).filter((each) => each !== undefined)
  }

  /** What the text of a declaration names of packages, each with the package. */
  namedOfPackages({ path, name }) {
    const { declared, from } = this.file(path)
    const words = [...new Set(declared.get(name).text.match(NAMED))]
    return words.flatMap((word) => {
      const { specifier = '.' } = from.get(word) ?? {}
      return specifier.startsWith('.') ? [] : [{ name: word, specifier }]
    })
  }

  /** These declarations, and what is reached from them by the names in them: by file and name, `model/status#Status`. */
  reached(found) {
    const all = new Map(found.map((each) => [keyOf(each), each]))
    for (const declaration of all.values()) {
      for (const each of this.namedBy(declaration)) if (!all.has(keyOf(each))) all.set(keyOf(each), each)
    }
    return all
  }
}

/** Of two declarations with one name each has its own. */
export function keyOf({ path, name }) {
  return `${path}#${name}`
}

/** What can be a type, or a value that has one. */
const NAMED = /\b[A-Z]\w+\b|(?<=\btypeof )\w+/g

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
    const list = /^(?:export|import) (type )?\{([^}]*)\} from '([^']+)'/.exec(part)
    if (list) {
      const [, all, words, specifier] = list
      for (const word of words.split(',')) {
        const [, type, original, alias] = /^\s*(type )?(\w+)(?: as (\w+))?\s*$/.exec(word) ?? []
        if (original)
          from.set(alias ?? original, {
            specifier,
            name: original,
            isExported: part.startsWith('export'),
            isType: Boolean(all ?? type),
            comment: before,
          })
      }
    } else if (name) {
      const { text: earlier = '', whole = '', comment: said = '' } = declared.get(name) ?? {}
      const between = earlier && '\n'
      declared.set(name, {
        text: `${earlier}${between}${tidy(part)}`,
        whole: `${whole}${before && `${before}\n`}${part.trimEnd()}\n`,
        comment: said || before,
      })
    }
  }
}

function joinLast(parts) {
  const last = parts.pop()
  parts[parts.length - 1] += `\n${last}`
}

/** Without what nobody can use. */
function tidy(text) {
  const shown = text.replace(/^ *\/\*\*(?:(?!\*\/)[^])*\*\/\n(?= *private )/gm, '')
  const lines = shown.split('\n').filter((line) => !/^\s*(#private;|private |\/\/# sourceMappingURL)/.test(line))
  return lines
    .map((line) => line.trimEnd())
    .join('\n')
    .trimEnd()
    .replace(/^export declare |^export |^declare /, '')
}
