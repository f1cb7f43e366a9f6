import { CATALOGUE, GROUPS } from './catalogue.ts'
import type { Rule } from './rule.ts'

/** What `check-keys --explain CODE` prints. */
export function explain(rule: Rule): string {
  return [
    `${rule.code}  ${rule.severity}: ${rule.title}`,
    ...(rule.layouts ? [`Layouts: ${rule.layouts.join(', ')}`] : []),
    `\n${rule.cause}`,
    `\nFix: ${rule.fix}`,
    `\nGood:\n${indent(rule.good)}`,
    `\nBad:\n${indent(rule.bad)}\n`,
  ].join('\n')
}

/** One rule in Markdown, without its heading. */
export function ruleMarkdown(rule: Rule): string {
  return [
    `**${rule.severity}**${rule.layouts ? ` in layouts ${rule.layouts.map((layout) => `\`${layout}\``).join(', ')}` : ''}`,
    rule.cause,
    `**Fix:** ${rule.fix}`,
    `Good:\n\`\`\`text\n${rule.good}\n\`\`\``,
    `Bad:\n\`\`\`text\n${rule.bad}\n\`\`\``,
  ].join('\n\n')
}

/** The whole of docs/rules.md. */
export function rulesMarkdown(rules: readonly Rule[] = CATALOGUE): string {
  return `${[
    '<!-- Written from src/lint by test/lint/rules-doc.test.ts: run it with `vitest run -u` after changing a rule. -->',
    '# Rules of check-keys',
    'An `error` is a record that no client can use, or that breaks its readers; a `warning` will cause trouble; an `info` is good to know. ' +
      '`rollcall check-keys --explain CODE` prints a rule. `--rule`, `--ignore` and `--severity` choose among them.',
    table(rules),
    ...Object.entries(GROUPS).flatMap(([digits, title]) =>
      group(
        title,
        rules.filter((rule) => rule.code.startsWith(digits)),
      ),
    ),
  ].join('\n\n')}\n`
}

function table(rules: readonly Rule[]): string {
  const rows = rules.map(
    ({ code, severity, title }) => `| [${code}](#${code.toLowerCase()}) | ${severity} | ${title} |`,
  )
  return ['| rule | severity | finds |', '|---|---|---|', ...rows].join('\n')
}

function group(title: string, rules: readonly Rule[]): string[] {
  if (rules.length === 0) return []
  return [`## ${title}`, ...rules.map((rule) => `### ${rule.code}\n\n*${rule.title}*\n\n${ruleMarkdown(rule)}`)]
}

function indent(text: string): string {
  return text.replaceAll(/^/gm, '  ')
}
