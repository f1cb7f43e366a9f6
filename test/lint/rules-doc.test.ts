import { expect, test } from 'vitest'
import { allRules } from '../../src/backends/rules.ts'
import { rulesMarkdown } from '../../src/lint/explain.ts'

const ALL_RULES = await allRules()

test('docs/rules.md says what the catalogue says', async () => {
  await expect(rulesMarkdown(ALL_RULES)).toMatchFileSnapshot('../../docs/rules.md')
})
