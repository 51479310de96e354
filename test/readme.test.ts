import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { after, before, test } from 'node:test'
import { type DemoService, startFresh } from '../demo/service.js'

const root = new URL('../../', import.meta.url)

interface Step {
  readonly title: string
  /** The shell commands, as a reader copies them. */
  readonly commands: string
  /** What the README shows as their output. */
  readonly shown: string
}

/** The numbered steps of the README: a heading, a block of commands, a block with their output. */
async function readSteps(): Promise<Step[]> {
  const readme = await readFile(new URL('README.md', root), 'utf8')
  const pattern =
    /^\*\*(\d\. .+?)\*\*(?:(?!```)[\s\S])*```bash\n([\s\S]*?)```\n+```(?:json|text)\n([\s\S]*?)```/gm
  return [...readme.matchAll(pattern)].map(([, title = '', commands = '', shown = '']) => ({
    title,
    commands,
    shown,
  }))
}

let service: DemoService
before(async () => {
  service = await startFresh(process.env)
})
after(() => service.close())

test('the README shows the loop in six steps, and its commands do what it says', async () => {
  const steps = await readSteps()
  assert.equal(steps.length, 6)
  const marks = steps.map((_, i) => `--- end of step ${i} ---`)
  const script = steps.map(({ commands }, i) => `${commands}\necho; echo '${marks[i]}'`).join('\n')
  const output = await bash(script.replaceAll('localhost:8080', new URL(service.client.url).host))
  let rest = output
  for (const [i, { title, shown }] of steps.entries()) {
    const [printed = '', tail = ''] = rest.split(marks[i] as string)
    assertShows(printed, shown, `${title} printed:\n${printed}`)
    rest = tail
  }
})

/** Ends at the first command that fails, curl included. */
async function bash(script: string): Promise<string> {
  const child = spawn('bash', ['-euo', 'pipefail'], { cwd: root, stdio: ['pipe', 'pipe', 'inherit'] })
  child.stdin.end(script)
  let output = ''
  for await (const chunk of child.stdout) output += chunk
  return output
}

/** Every member and every kind of event that the README shows was printed; "…" stands for what it leaves out. */
function assertShows(printed: string, shown: string, message: string): void {
  const kinds = kindsOf(shown)
  if (kinds.length > 0) {
    assert.deepEqual(intersection(kinds, kindsOf(printed)), kinds, message)
    return
  }
  const expected = membersOf(JSON.parse(shown.replaceAll(/,?\s*…/g, '')))
  assert.deepEqual(intersection(expected, membersOf(JSON.parse(printed))), expected, message)
}

const intersection = (some: readonly string[], others: readonly string[]): string[] =>
  some.filter((entry) => others.includes(entry))

const kindsOf = (text: string): string[] =>
  [...new Set([...text.matchAll(/^event: (\w+)$/gm)].map(([, kind = '']) => kind))].sort()

/** "versions[].metrics.accuracy: number" for each member of a document. */
function membersOf(value: unknown, path = ''): string[] {
  if (Array.isArray(value)) return value.slice(0, 1).flatMap((entry) => membersOf(entry, `${path}[]`))
  if (typeof value !== 'object' || value === null) return [`${path}: ${typeof value}`]
  return Object.entries(value).flatMap(([key, entry]) => membersOf(entry, `${path}.${key}`))
}
