import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { basename, join } from 'node:path'
import { pathToFileURL } from 'node:url'
import * as tf from '@tensorflow/tfjs'

// What somebody without Flywheel writes after reading the archive's README: plain TensorFlow.js, on its own backend.
// Argument: the unpacked folder; standard input: instances as JSON. Prints the outputs, row by row.
type Cell = number | string | null | readonly number[]
interface Step {
  readonly name: string
  readonly columns: readonly string[]
  readonly options: { minWords: number; maxWords: number; minCharacters: number; maxCharacters: number }
  readonly state: Bags & {
    readonly fill: readonly Cell[]
    readonly indicator: readonly boolean[]
    readonly subtract: readonly number[]
    readonly divideBy: readonly number[]
    readonly encodings: readonly { categories: readonly string[]; other: boolean; missing: boolean }[]
  }
}
type Bags = readonly {
  readonly parts: readonly { readonly terms: readonly string[]; readonly idf: readonly number[] }[]
  readonly length: number
  readonly tokens: readonly string[]
}[]
const [folder = ''] = process.argv.slice(2)
const text = readFileSync(0, 'utf8')
const read = (name: string) => readFileSync(join(folder, name))
const described = JSON.parse(read('transforms.json').toString())
const { transforms, networkColumns, model: written, preprocess } = described
const { format, input } = written

const applied: Record<string, (step: Step, column: string, index: number, value: Cell) => [string, Cell][]> =
  {
    impute: ({ state }, column, index, value) => [
      [column, value ?? (state.fill[index] as Cell)],
      ...(state.indicator[index] ? [[`${column}:missing`, value === null ? 1 : 0] as [string, Cell]] : []),
    ],
    scale: ({ state }, column, index, value) => [
      [column, (Number(value) - (state.subtract[index] as number)) / (state.divideBy[index] as number)],
    ],
    'tf-idf': (step, column, index, value) => [[column, bag(step, index, value)]],
    tokenise: (step, column, index, value) => [[column, tokens(step, index, value)]],
    'one-hot': ({ state }, column, index, value) => {
      const { categories, other, missing } = state.encodings[index] as Step['state']['encodings'][number]
      const known = value !== null && categories.includes(String(value))
      return [
        ...categories.map((category): [string, Cell] => [
          `${column}=${category}`,
          String(value) === category && value !== null ? 1 : 0,
        ]),
        ...(other ? [[`${column}=(other)`, value !== null && !known ? 1 : 0] as [string, Cell]] : []),
        ...(missing ? [[`${column}=(missing)`, value === null ? 1 : 0] as [string, Cell]] : []),
      ]
    },
  }
function grams(parts: readonly string[], least: number, most: number, between: string): string[] {
  const found: string[] = []
  for (let size = least; size <= most; size++) {
    for (let at = 0; at + size <= parts.length; at++) found.push(parts.slice(at, at + size).join(between))
  }
  return found
}

/** As the README tells it: words, and characters within words. */
function bag({ state, options }: Step, index: number, value: Cell): number[] {
  const { parts, length } = state[index] as Bags[number]
  const small = String(value ?? '').toLowerCase()
  const words = grams(small.match(/[\p{L}\p{N}\p{M}_]{2,}/gu) ?? [], options.minWords, options.maxWords, ' ')
  const characters = small.split(/\s+/).flatMap((piece) => {
    if (piece === '') return []
    const all = Array.from(` ${piece} `)
    const most = Math.min(options.maxCharacters, all.length)
    return all.length < options.minCharacters ? [all.join('')] : grams(all, options.minCharacters, most, '')
  })
  const ids: number[] = []
  const weights: number[] = []
  let first = 0
  for (const [part, { terms, idf }] of parts.entries()) {
    const found = part === 0 ? words : characters
    const own = terms.flatMap((term, place) => {
      const times = found.filter((each) => each === term).length
      return times === 0 ? [] : [{ place, weight: (1 + Math.log(times)) * (idf[place] as number) }]
    })
    const size = Math.hypot(...own.map(({ weight }) => weight))
    for (const { place, weight } of own) {
      ids.push(first + place)
      weights.push(weight / size)
    }
    first += terms.length
  }
  const filled = (numbers: readonly number[]) => Array.from({ length }, (_, at) => numbers[at] ?? 0)
  return [...filled(ids), ...filled(weights)]
}

function tokens({ state }: Step, index: number, value: Cell): number[] {
  const { tokens: known, length } = state[index] as Bags[number]
  const found =
    String(value ?? '')
      .toLowerCase()
      .match(/[\p{L}\p{N}_]+|[^\s\p{L}\p{N}_]/gu) ?? []
  const ids = found.slice(0, length).map((token) => known.indexOf(token) + 2)
  return [...Array(length - ids.length).fill(0), ...ids]
}

/** By hand, as the README tells it. */
const byHand = (instances: readonly Record<string, Cell | boolean>[]) =>
  instances.flatMap((instance) => {
    const cells = new Map<string, Cell>(
      Object.entries(instance).map(([name, value]) => [
        name,
        typeof value === 'boolean' ? Number(value) : value,
      ]),
    )
    for (const step of transforms as Step[]) {
      for (const [index, column] of step.columns.entries()) {
        const value = cells.get(column) ?? null
        cells.delete(column)
        for (const [name, made] of applied[step.name]?.(step, column, index, value) ?? [])
          cells.set(name, made)
      }
    }
    return (networkColumns as string[]).flatMap((name) => cells.get(name) as number | number[])
  })

/** With the archive's own code. */
async function byPreprocess(instances: readonly Record<string, Cell | boolean>[]): Promise<Float32Array> {
  const { preprocessor } = await import(pathToFileURL(join(folder, preprocess)).href)
  return preprocessor(described)(instances)
}
const instances = JSON.parse(text)
const isKnown = (transforms as Step[]).every(({ name }) => name in applied)
const numbers = isKnown ? byHand(instances) : await byPreprocess(instances)

await tf.setBackend('cpu')
const files = createServer((request, response) => response.end(read(basename(request.url as string))))
await once(files.listen(0, '127.0.0.1'), 'listening')
const { port } = files.address() as AddressInfo
const load = format === 'graph-model' ? tf.loadGraphModel : tf.loadLayersModel
const model = await load(`http://127.0.0.1:${port}/model.json`)
files.close()
files.closeAllConnections()
const outputs = model.predict(tf.tensor(numbers, [instances.length, ...input.shape])) as tf.Tensor2D
console.log(JSON.stringify({ backend: tf.getBackend(), format, outputs: await outputs.array() }))
