import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { it } from 'node:test'
import { Environment } from '../../src/config.js'

/** One row for each variable of the schema: what the document must show. */
function settingsTable(): string {
  const rows = Object.entries(Environment.properties).map(([name, schema]) => {
    const { default: value, description } = schema as object as { default?: unknown; description: string }
    return `| \`${name}\` | ${value === undefined ? '' : `\`${value}\``} | ${description} |`
  })
  return ['| variable | default | what it is |', '|---|---|---|', ...rows].join('\n')
}

it('the operations page lists every setting as the schema has it', () => {
  const page = readFileSync(new URL('../../../docs/operations.md', import.meta.url), 'utf8')
  const [, shown] = /<!-- settings: [^\n]*-->\n([\s\S]*?)\n?<!-- end of settings -->/.exec(page) ?? []
  assert.equal(shown, settingsTable(), `put this between the two marks:\n${settingsTable()}`)
})
