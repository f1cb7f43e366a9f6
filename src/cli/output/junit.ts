import { beginning, clean } from './text.ts'

/** One test case of a report. */
export interface TestCase {
  readonly name: string
  /** What viewers group by: `verify.payments`. */
  readonly classname: string
  readonly failure?: { readonly type: string; readonly message: string; readonly lines: readonly string[] }
  /** Shown with a case that passed. */
  readonly output?: readonly string[]
}

export interface TestSuite {
  readonly name: string
  /** The registry, for people. */
  readonly registry: string
  readonly cases: readonly TestCase[]
}

/** JUnit XML as Jenkins' junit-10.xsd describes it and GitLab reads it, with one suite. */
export function junitDocument({ name, registry, cases }: TestSuite): string {
  const totals = `tests="${cases.length}" failures="${cases.filter(({ failure }) => failure).length}" errors="0"`
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    `<testsuites name="rollcall" ${totals}>`,
    `<testsuite name="${attribute(name)}" ${totals} skipped="0">`,
    `<properties><property name="registry" value="${attribute(registry)}"/></properties>`,
    ...cases.map(caseElement),
    '</testsuite>',
    '</testsuites>\n',
  ].join('\n')
}

function caseElement({ name, classname, failure, output }: TestCase): string {
  const opening = `<testcase name="${attribute(name)}" classname="${attribute(classname)}"`
  if (failure) {
    const { type, message, lines } = failure
    return `${opening}><failure type="${attribute(type)}" message="${attribute(message)}">${content(lines)}</failure></testcase>`
  }
  return output ? `${opening}><system-out>${content(output)}</system-out></testcase>` : `${opening}/>`
}

function content(lines: readonly string[]): string {
  return escapeXml(lines.map((line) => beginning(clean(line))).join('\n'))
}

function attribute(text: string): string {
  return escapeXml(clean(text))
}

/** What XML 1.0 has no character for is replaced, never written as a reference: that is not well-formed either. */
function escapeXml(text: string): string {
  return text
    .replace(/[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/gu, '\ufffd')
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
}
