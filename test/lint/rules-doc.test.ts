import { expect, test } from 'vitest'
import { ALL_RULES } from '../../src/backends/rules.ts'
import { rulesMarkdown } from '../../src/lint/explain.ts'

test('docs/rules.md says what the catalogue says', async () => {
  await expect(rulesMarkdown(ALL_RULES)).toMatchFileSnapshot('../../docs/rules.md')
})
