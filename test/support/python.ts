import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'

const run = promisify(execFile)

/** Makes a virtual environment with these packages in the project’s cache folder, once. @returns its interpreter */
export async function pythonWith(packages: readonly string[]): Promise<string> {
  const wanted = packages.join('\n')
  const name = createHash('sha256').update(wanted).digest('hex').slice(0, 12)
  const folder = fileURLToPath(new URL(`../../../.cache/python-${name}/`, import.meta.url))
  const python = `${folder}bin/python`
  const installed = await readFile(`${folder}installed`, 'utf8').catch(() => null)
  if (installed === wanted) return python
  await rm(folder, { recursive: true, force: true })
  await mkdir(folder, { recursive: true })
  await run('python3', ['-m', 'venv', folder])
  await run(python, ['-m', 'pip', 'install', '--quiet', '--only-binary=:all:', ...packages])
  await writeFile(`${folder}installed`, wanted)
  return python
}

/** Runs a script beside the files of a folder. @returns what it prints */
export async function runPython(
  python: string,
  { script, folder }: { script: string; folder: string },
): Promise<string> {
  const { stdout } = await run(python, ['-c', script], {
    cwd: folder,
    env: { ...process.env, TF_CPP_MIN_LOG_LEVEL: '2', CUDA_VISIBLE_DEVICES: '' },
    maxBuffer: 2 ** 26,
  })
  return stdout.trim()
}
