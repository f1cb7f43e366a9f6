import { readFileSync } from 'node:fs'

/** An XML element; its text without the markup. */
export interface Element {
  readonly name: string
  readonly attributes: Readonly<Record<string, string>>
  readonly children: Element[]
  text: string
}

const MARKUP = /<\?[^?]*\?>|<!--[^]*?-->|<(\/?)([\w:-]+)((?:\s+[\w:-]+="[^"<]*")*)\s*(\/?)>|([^<]+)/y
// eslint-disable-next-line no-control-regex -- XML 1.0's Char
const CHARACTERS = /^[\t\n\r\u0020-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]*$/u

/** Reads a document strictly; throws where it is not well-formed. Knows no CDATA and no document type. */
export function parseXml(text: string): Element {
  const root: Element = { name: '', attributes: {}, children: [], text: '' }
  const open = [root]
  for (MARKUP.lastIndex = 0; MARKUP.lastIndex < text.length; ) {
    const at = MARKUP.lastIndex
    const match = MARKUP.exec(text)
    const parent = open.at(-1)
    if (!match || !parent) throw new SyntaxError(`not well-formed at ${at}: ${text.slice(at, at + 40)}`)
    const [, closing, name, attributes = '', empty, content] = match
    if (content !== undefined) parent.text += unescape(content)
    else if (closing) {
      if (open.pop()?.name !== name) throw new SyntaxError(`</${name}> closes nothing`)
    } else if (name !== undefined) {
      const element: Element = { name, attributes: attributesOf(attributes), children: [], text: '' }
      parent.children.push(element)
      if (!empty) open.push(element)
    }
  }
  const [only] = root.children
  if (open.length !== 1 || !only || root.children.length > 1) throw new SyntaxError('not one whole element')
  return only
}

/** What a document has that the schema does not allow: elements, where they stand, attributes, those required. */
export function violations(schemaFile: string, document: Element): string[] {
  const declarations = parseXml(readFileSync(schemaFile, 'utf8')).children.filter(({ name }) => name === 'xs:element')
  return check(document, new Map(declarations.map((each) => [each.attributes['name'] ?? '', each])))
}

function check(element: Element, schema: ReadonlyMap<string, Element>): string[] {
  const declared = schema.get(element.name)
  if (!declared) return [`<${element.name}> is not declared`]
  const parts = descendants(declared)
  const attributes = parts.filter(({ name }) => name === 'xs:attribute').map((part) => part.attributes)
  const children = new Set(parts.flatMap((part) => (part.name === 'xs:element' ? (part.attributes['ref'] ?? []) : [])))
  return [
    ...Object.keys(element.attributes)
      .filter((name) => !attributes.some((known) => known['name'] === name))
      .map((name) => `<${element.name}> has ${name}`),
    ...attributes
      .filter(({ name = '', use }) => use === 'required' && !(name in element.attributes))
      .map(({ name }) => `<${element.name}> lacks ${name}`),
    ...element.children.filter(({ name }) => !children.has(name)).map(({ name }) => `<${name}> in <${element.name}>`),
    ...element.children.flatMap((child) => check(child, schema)),
  ]
}

function descendants(element: Element): Element[] {
  return element.children.flatMap((child) => [child, ...descendants(child)])
}

function attributesOf(text: string): Record<string, string> {
  return Object.fromEntries(
    [...text.matchAll(/([\w:-]+)="([^"]*)"/g)].map(([, name, value]) => [name, unescape(value ?? '')]),
  )
}

function unescape(text: string): string {
  if (!CHARACTERS.test(text) || /&(?!(?:amp|lt|gt|quot|apos);)/.test(text))
    throw new SyntaxError(`no XML text: ${text}`)
  const named: Record<string, string> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" }
  return text.replace(/&(\w+);/g, (_, name: string) => named[name] ?? '')
}
