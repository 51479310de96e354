import { readFile, writeFile } from 'node:fs/promises'
import { cpus } from 'node:os'

const path = new URL('../../docs/benchmarks.md', import.meta.url)

/** Puts a benchmark's section into docs/benchmarks.md, in place of what it wrote before. */
export async function writeSection(title: string, text: string): Promise<void> {
  const before = await readFile(path, 'utf8').catch(() => '# Benchmarks\n')
  const [head, ...sections] = before.split(/^(?=## )/m) as [string, ...string[]]
  const kept = sections.filter((section) => !section.startsWith(`## ${title}\n`))
  const all = [head, ...kept, `## ${title}\n\n${text.trim()}\n`].map((part) => part.trim())
  await writeFile(path, `${all.join('\n\n')}\n`)
  process.stdout.write(`${text.trim()}\n`)
}

export const machine = (): string =>
  `Machine: ${cpus().length} × ${cpus()[0]?.model}, shared with others; read the ratios rather than the times. Node ${process.version}.`
