import { expect, test } from 'vitest'
import { rulesMarkdown } from '../../src/lint/explain.ts'

test('docs/rules.md says what the catalogue says', async () => {
  await expect(rulesMarkdown()).toMatchFileSnapshot('../../docs/rules.md')
})
