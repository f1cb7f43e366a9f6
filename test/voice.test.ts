import { readFileSync, readdirSync } from 'node:fs'
import { join, relative, resolve, sep } from 'node:path'
import { describe, expect, it } from 'vitest'

const root = resolve(import.meta.dirname, '..')

/** Phrases that a stranger has to translate, and what is written instead. Case makes no difference. */
const BANNED: readonly (readonly [phrase: RegExp, instead: string])[] = [
  [/(?<!there )\bis no (?!longer)/gi, 'is not a …'],
  [/\b(?:is|are|was|were) told\b/gi, 'is reported; gets'],
  [/\bmay not be (?:read|seen)\b/gi, 'no permission to read'],
  [/\bnobody can be asked\b/gi, 'needs confirmation, but there is no terminal to ask on'],
  [/\b(?:is|are) called up\b/gi, 'is up'],
  [/\bvouch(?:es|ed)?\b/gi, 'nothing shows that'],
  [/\bby the registry's own word\b/gi, 'the registry reports'],
  [/\bgoes with no other\b/gi, 'cannot be combined with'],
  [/\bfor reading only\b/gi, 'read-only'],
  [/\bcannot be asked\b/gi, 'is unreachable'],
  [/\btoo many words\b/gi, 'takes one name'],
  [/\bregistered otherwise already\b/gi, 'is already registered with different data'],
  [/\bleads nowhere, or\b/gi, 'is undefined, or'],
  [/\bis to be done with\b/gi, 'needs a subcommand'],
  [/\bcannot be had\b/gi, 'cannot be built; is missing'],
  [/\b(?:be|is|are) mended\b/gi, 'is fixed'],
  [/\bother reasons would\b/gi, 'other flags would select'],
  [/\bmeanwhile and stays\b/gi, 'kept …: it changed after the plan'],
  [/\bstandard input names nothing\b/gi, 'no targets on standard input'],
  [/\bask as somebody\b/gi, 'use credentials that can read it'],
  [/\band nobody but\b/gi, 'only'],
  [/\blies with the agent\b/gi, 'belongs to the agent'],
]

const MARK = /^\s*(?:\/\/|\/\*\*|\*|#)?\s*/

/** `line: phrase, and what to write` for each phrase; in prose, and within a comment, also over the end of a line. */
function phrasesIn(text: string, isProse: boolean): string[] {
  const starts: number[] = []
  let joined = ''
  for (const line of text.split('\n')) {
    const [mark = ''] = MARK.exec(line) ?? []
    joined += isProse || mark.trim() !== '' ? ' ' : '\n'
    starts.push(joined.length)
    joined += line.slice(mark.length).trimEnd()
  }
  return BANNED.flatMap(([phrase, instead]) =>
    [...joined.matchAll(phrase)].map(
      ({ index, 0: words }) =>
        `${starts.findLastIndex((start) => start <= index) + 1}: "${words.trim()}"; write "${instead}"`,
    ),
  )
}

/** What people read below a folder or in a file, as paths with slashes. */
function textsIn(path: string): string[] {
  if (/[^/]\.\w+$/.test(path)) return [path]
  return readdirSync(join(root, path), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && /\.(?:md|ts|html|ya?ml)$/.test(entry.name))
    .map((entry) => relative(root, join(entry.parentPath, entry.name)).split(sep).join('/'))
}

const pages = readdirSync(root).filter((name) => name.endsWith('.md'))

describe('the voice', () => {
  it.each([...pages, 'docs', '.github', 'src'])('is plain English in %s', (path) => {
    const files = textsIn(path)
    expect(files).not.toEqual([])
    const wrong = files.flatMap((file) =>
      phrasesIn(readFileSync(join(root, file), 'utf8'), !file.endsWith('.ts')).map((phrase) => `${file}:${phrase}`),
    )
    expect(wrong).toEqual([])
  })

  it('is heard over the end of a line, and leaves what is right alone', () => {
    const comment =
      "/**\n * 5 is\n * no duration. There is no other, and it is no longer one.\n */\n'no', // it is no\n'x',"
    expect(phrasesIn(comment, false)).toEqual(['2: "is no"; write "is not a …"'])
    expect(phrasesIn('It asks its server, and\nnobody but that.', true)).toEqual(['1: "and nobody but"; write "only"'])
  })
})
