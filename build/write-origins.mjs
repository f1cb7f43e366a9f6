import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { bundledPackages } from './bundled-packages.mjs'

const manifest = JSON.parse(readFileSync(join(import.meta.dirname, '../package.json'), 'utf8'))

/** A line that names who has the copyright, outside of a sentence and of a list, whose third item begins with (c). */
const OWNER = /^\s*(?:copyright|Copyright|COPYRIGHT|\([cC]\)|©)[\s:]*(?:\([cC]\)|©|\d|[A-Z])(?!ou must)/

/** Puts THIRD-PARTY.txt and sbom.cdx.json into a folder: whose packages esbuild's accounts have in it, and under which terms. */
export function writeOrigins(folder, metafiles) {
  const packages = bundledPackages(metafiles)
  writeFileSync(join(folder, 'THIRD-PARTY.txt'), termsOf(packages))
  writeFileSync(join(folder, 'sbom.cdx.json'), `${JSON.stringify(bomOf(packages))}\n`)
}

/** Terms that are the same but for who has the copyright are there once. */
function termsOf(packages) {
  const groups = new Map()
  for (const each of packages) {
    const lines = (each.terms || `No terms are in the package; it names ${each.license}.`).split('\n')
    const owners = lines.filter((line) => OWNER.test(line)).map((line) => `    ${line.trim()}`)
    const text = lines
      .filter((line) => !OWNER.test(line))
      .join('\n')
      .trim()
    const key = text
      .replace(/^.*License.*$/m, '')
      .replace(/^.*yyyy.*$/m, '') // the Apache License's place for an owner, which some fill in
      .replace(/[\s"'.{}[\]]+/g, ' ')
      .trim()
    const group = groups.get(key) ?? { text, names: [] }
    group.names.push(`${each.id} (${each.license})`, ...owners)
    groups.set(key, group)
  }
  const parts = [...groups.values()].map(({ text, names }) => `${names.join('\n')}\n\n${text}\n`)
  return `The files beside this one hold parts of these packages.\n\n${parts.join(`\n${'-'.repeat(80)}\n\n`)}`
}

/** CycloneDX 1.6. Without time or number of its own, so that the same source makes the same file. */
function bomOf(packages) {
  const own = componentOf({ ...manifest, license: manifest.license }, 'application')
  return {
    $schema: 'http://cyclonedx.org/schema/bom-1.6.schema.json',
    bomFormat: 'CycloneDX',
    specVersion: '1.6',
    version: 1,
    metadata: { component: own },
    components: packages.map((each) => componentOf(each, 'library')),
    dependencies: [{ ref: own['bom-ref'], dependsOn: packages.map((each) => urlOf(each)) }],
  }
}

function componentOf(each, type) {
  const [group, name] = each.name.startsWith('@') ? each.name.split('/') : [undefined, each.name]
  const hashes = each.integrity && [{ alg: 'SHA-512', content: hexOf(each.integrity) }]
  return {
    type,
    'bom-ref': urlOf(each),
    ...(group && { group }),
    name,
    version: each.version,
    ...(hashes && { hashes }),
    licenses: [/[ (]/.test(each.license) ? { expression: each.license } : { license: { id: each.license } }],
    purl: urlOf(each),
  }
}

function urlOf({ name, version }) {
  return `pkg:npm/${name.replace('@', '%40')}@${version}`
}

function hexOf(integrity) {
  return Buffer.from(integrity.replace('sha512-', ''), 'base64').toString('hex')
}
