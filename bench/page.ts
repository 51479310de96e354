import { readFile, writeFile } from 'node:fs/promises'
import { cpus } from 'node:os'

const path = new URL('../../docs/benchmarks.md', import.meta.url)

/** Puts a benchmark's section into docs/benchmarks.md, in place of what it wrote before, else at the end. */
export async function writeSection(title: string, text: string): Promise<void> {
  const before = await readFile(path, 'utf8').catch(() => '# Benchmarks\n')
  const parts = before.split(/^(?=## )/m)
  const section = `## ${title}\n\n${text.trim()}\n`
  const place = parts.findIndex((part) => part.startsWith(`## ${title}\n`))
  if (place < 0) parts.push(section)
  else parts[place] = section
  await writeFile(path, `${parts.map((part) => part.trim()).join('\n\n')}\n`)
  process.stdout.write(`${section}\n`)
}

export const machine = (): string =>
  `Machine: ${cpus().length} × ${cpus()[0]?.model}, shared with others; read the ratios rather than the times. Node ${process.version}.`
