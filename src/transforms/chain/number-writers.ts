import type { LinearMap, NumberMap } from '../../contracts/transform.js'

type Numbers = Float64Array | Float32Array | Int16Array | Uint8Array

/** Where each number of the network's input comes from, and what becomes of it. */
export interface NumberPlan {
  /** [columns of the network]: the column of the rows. */
  readonly sources: Int32Array
  /** [columns of the network]: in their order; none where the number stays. */
  readonly maps: readonly (readonly NumberMap[])[]
  /** Columns of the rows. */
  readonly width: number
}

/** Writes the network's input. All writers that take the same numbers write the same bytes. */
export interface NumberWriter {
  readonly takes: (numbers: Numbers) => boolean
  /**
   * @param numbers [rows, width], row-major
   * @param target.to where the first row's numbers begin in `out`
   */
  readonly write: (numbers: Numbers, target: { rows: number; out: Float32Array; to: number }) => void
}

/** Numbers that are widened together: they stay in the processor's cache. */
const numbersAtOnce = 2_048

/** Bytes of which all become numbers by one line: pixels. Null where the chain does something else. */
export function lineByBytes(plan: NumberPlan): NumberWriter | null {
  const lines = linesOf(plan)
  const [first] = lines ?? []
  const isOne = lines?.every(
    ({ subtract, divideBy }) => subtract === first?.subtract && divideBy === first.divideBy,
  )
  const isInOrder = plan.sources.length === plan.width && plan.sources.every((from, at) => from === at)
  if (!first || !isOne || !isInOrder) return null
  const table = Float32Array.from({ length: 256 }, (_, byte) => (byte - first.subtract) / first.divideBy)
  return {
    takes: (numbers) => numbers instanceof Uint8Array,
    write(numbers, { rows, out, to }) {
      const length = rows * plan.width
      for (let at = 0; at < length; at++) out[to + at] = table[numbers[at] as number] as number
    },
  }
}

/** Numbers of which each becomes another one by its column's line. Null where the chain does something else. */
export function lineByColumn(plan: NumberPlan): NumberWriter | null {
  const lines = linesOf(plan)
  if (lines === null) return null
  const { sources, width } = plan
  const subtract = Float64Array.from(lines, (line) => line.subtract)
  const divideBy = Float64Array.from(lines, (line) => line.divideBy)
  return widening(plan, (numbers, { rows, out, to }) => {
    let next = to
    for (let from = 0; from < rows * width; from += width) {
      for (let at = 0; at < sources.length; at++) {
        const given = numbers[from + (sources[at] as number)] as number
        out[next++] = (given - (subtract[at] as number)) / (divideBy[at] as number)
      }
    }
  })
}

/** Whatever the chain does with each number. */
export function writerOf(plan: NumberPlan): NumberWriter {
  const { sources, maps, width } = plan
  const functions = maps.map((map) => (map.length === 0 ? null : numberFunction(map)))
  return widening(plan, (numbers, { rows, out, to }) => {
    let next = to
    for (let from = 0; from < rows * width; from += width) {
      for (let at = 0; at < sources.length; at++) {
        const given = numbers[from + (sources[at] as number)] as number
        const map = functions[at]
        out[next++] = map ? map(given) : given
      }
    }
  })
}

/** Several maps in turn as one function. */
export function numberFunction(maps: readonly NumberMap[]): (value: number) => number {
  const [first, ...others] = maps.map(functionOf)
  if (first === undefined) return (value) => value
  return others.length === 0 ? first : (value) => others.reduce((result, map) => map(result), first(value))
}

function functionOf(map: NumberMap): (value: number) => number {
  if (typeof map === 'function') return map
  const { subtract, divideBy } = map
  return (value) => (value - subtract) / divideBy
}

/** A number that stays is on the line (value − 0) / 1, to the last bit. Null where some map is no line, or there are several. */
function linesOf({ maps }: NumberPlan): readonly LinearMap[] | null {
  const lines: LinearMap[] = []
  for (const [map = asItIs, ...others] of maps) {
    if (typeof map === 'function' || others.length > 0) return null
    lines.push(map)
  }
  return lines
}
const asItIs: LinearMap = { subtract: 0, divideBy: 1 }

type DoubleWriter = (numbers: Float64Array, target: { rows: number; out: Float32Array; to: number }) => void

/** Takes numbers of every type, as doubles: a loop is compiled for one type. */
function widening({ sources, width }: NumberPlan, write: DoubleWriter): NumberWriter {
  const rowsAtOnce = Math.max(1, Math.floor(numbersAtOnce / Math.max(1, width)))
  const wide = new Float64Array(rowsAtOnce * width)
  return {
    takes: () => true,
    write(numbers, { rows, out, to }) {
      if (numbers instanceof Float64Array) {
        write(numbers, { rows, out, to })
        return
      }
      for (let row = 0; row < rows; row += rowsAtOnce) {
        const some = Math.min(rowsAtOnce, rows - row)
        wide.set(numbers.subarray(row * width, (row + some) * width))
        write(wide, { rows: some, out, to: to + row * sources.length })
      }
    },
  }
}
