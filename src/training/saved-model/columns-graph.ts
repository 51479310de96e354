import { DataType } from '../../tensorflow/data-types.js'
import type { GraphBuilder, Output } from '../../tensorflow/graph/graph-builder.js'
import { textConstant } from '../../tensorflow/graph/text-constant.js'

/** Numbers: a vector [rows], or one column of a matrix [rows, width]; NaN where a value is missing. */
export interface NumericOutput {
  readonly kind: 'numeric'
  readonly name: string
  readonly of: Output
  /** Its place in the matrix and the matrix's width; null for a vector. */
  readonly place: { readonly at: number; readonly width: number } | null
}

/** Texts [rows]. */
export interface TextOutput {
  readonly kind: 'text'
  readonly name: string
  readonly of: Output
  /** Bool [rows]; null where no value is missing. */
  readonly missing: Output | null
}

/** A block of numbers for each row. */
export interface TensorOutput {
  readonly kind: 'tensor'
  readonly name: string
  /** [rows, size] */
  readonly of: Output
  readonly size: number
}

/** What a column of a table is in a graph. */
export type ColumnOutput = NumericOutput | TextOutput | TensorOutput

/** One of Flywheel's transforms as operations of TensorFlow: one file in `steps/`, by the transform's name. */
export interface GraphStep {
  readonly name: string
  /** What `Transform.apply` makes of the columns, with the state and options that it was given. */
  build(graph: ColumnsGraph, columns: readonly ColumnOutput[], state: never, options: never): ColumnOutput[]
}

const { BOOL, DOUBLE, FLOAT, INT32, STRING } = DataType

/** Arithmetic over columns in a graph, in 64 bits as transforms compute. */
export class ColumnsGraph {
  readonly #graph: GraphBuilder

  constructor(graph: GraphBuilder) {
    this.#graph = graph
  }

  numbers(values: readonly number[], shape: readonly number[] = [values.length]): Output {
    return this.#graph.constant(DOUBLE, shape, Float64Array.from(values))
  }

  texts(values: readonly string[], shape: readonly number[] = [values.length]): Output {
    return textConstant(this.#graph, shape, values)
  }

  /** Of numbers, element by element. */
  compute(
    op: 'Sub' | 'RealDiv' | 'AddV2' | 'Mul' | 'MatMul' | 'Log1p' | 'Expm1' | 'Neg',
    ...inputs: Output[]
  ) {
    return this.#graph.node(op, inputs, { T: { type: DOUBLE } })
  }

  compare(op: 'Less' | 'Greater' | 'GreaterEqual' | 'Equal', a: Output, b: Output): Output {
    return this.#graph.node(op, [a, b], { T: { type: DOUBLE } })
  }

  logic(op: 'LogicalOr' | 'LogicalAnd' | 'LogicalNot', ...inputs: Output[]): Output {
    return this.#graph.node(op, inputs)
  }

  isNan(x: Output): Output {
    return this.#graph.node('IsNan', [x], { T: { type: DOUBLE } })
  }

  /** `a` where the condition holds, else `b`; numbers, or texts. */
  choose(condition: Output, [a, b]: readonly [Output, Output], dtype: number = DOUBLE): Output {
    return this.#graph.node('SelectV2', [condition, a, b], { T: { type: dtype } })
  }

  /** 1 where it is true. */
  indicator(condition: Output): Output {
    return this.#graph.node('Cast', [condition], { SrcT: { type: BOOL }, DstT: { type: DOUBLE } })
  }

  /** [rows, n], numbers of 32 bits. */
  float32(x: Output): Output {
    return this.#graph.node('Cast', [x], { SrcT: { type: DOUBLE }, DstT: { type: FLOAT } })
  }

  /** From numbers of 32 bits. */
  float64(x: Output): Output {
    return this.#graph.node('Cast', [x], { SrcT: { type: FLOAT }, DstT: { type: DOUBLE } })
  }

  reshape(x: Output, shape: readonly number[], dtype: number): Output {
    const attributes = { T: { type: dtype }, Tshape: { type: INT32 } }
    return this.#graph.node('Reshape', [x, this.#graph.ints(shape)], attributes)
  }

  /** Whether any condition of a row holds: [rows, n] → [rows, 1]. */
  anyOf(conditions: Output): Output {
    const attributes = { keep_dims: { bool: true }, Tidx: { type: INT32 } }
    return this.#graph.node('Any', [conditions, this.#graph.ints([1])], attributes)
  }

  /** The sum of a row: [rows, n] → [rows, 1]. */
  sumOf(x: Output): Output {
    const attributes = { T: { type: DOUBLE }, Tidx: { type: INT32 }, keep_dims: { bool: true } }
    return this.#graph.node('Sum', [x, this.#graph.ints([1])], attributes)
  }

  /** [rows] or one column of a matrix as [rows, 1]. */
  standing(column: NumericOutput): Output {
    return this.matrix([column])
  }

  /** Columns side by side, [rows, n]; a matrix whose columns are all there in their order is taken as it is. */
  matrix(columns: readonly (NumericOutput | TensorOutput)[]): Output {
    const parts = runsOf(columns).map((run) => this.#joined(run))
    return this.beside(parts)
  }

  /** Matrices side by side. */
  beside(parts: readonly Output[]): Output {
    const [first] = parts
    if (parts.length === 1 && first !== undefined) return first
    const attributes = { T: { type: DOUBLE }, N: { int: parts.length }, Tidx: { type: INT32 } }
    return this.#graph.node('ConcatV2', [...parts, this.#graph.int(1)], attributes)
  }

  /** The columns of a matrix [rows, names]. */
  columns(matrix: Output, names: readonly string[]): NumericOutput[] {
    return names.map((name, at) => ({
      kind: 'numeric',
      name,
      of: matrix,
      place: { at, width: names.length },
    }))
  }

  /** Bool [rows, 1]; null where no text is missing. */
  missing(column: NumericOutput | TextOutput): Output | null {
    if (column.kind === 'numeric') return this.isNan(this.standing(column))
    return column.missing === null ? null : this.reshape(column.missing, [-1, 1], BOOL)
  }

  /** Whether a row's value is each of the categories, bool [rows, categories]. Numbers go by their spelling. */
  matches(column: NumericOutput | TextOutput, categories: readonly string[]): Output {
    const shape = [1, categories.length]
    if (column.kind === 'numeric') {
      const numbers = categories.map((text) => (String(Number(text)) === text ? Number(text) : Number.NaN))
      return this.compare('Equal', this.standing(column), this.numbers(numbers, shape))
    }
    const texts = this.reshape(column.of, [-1, 1], STRING)
    const equal = this.#graph.node('Equal', [texts, this.texts(categories, shape)], { T: { type: STRING } })
    const missing = this.missing(column)
    return missing === null ? equal : this.logic('LogicalAnd', equal, this.logic('LogicalNot', missing))
  }

  #joined(run: readonly (NumericOutput | TensorOutput)[]): Output {
    const [first] = run as [NumericOutput | TensorOutput]
    if (first.kind === 'tensor') return first.of
    if (first.place === null) {
      const attributes = { T: { type: DOUBLE }, N: { int: run.length }, axis: { int: 1 } }
      return this.#graph.node(
        'Pack',
        run.map(({ of }) => of),
        attributes,
      )
    }
    const places = run.map((column) => (column as NumericOutput).place?.at as number)
    if (places.length === first.place.width && places.every((at, i) => at === i)) return first.of
    const attributes = {
      Tparams: { type: DOUBLE },
      Tindices: { type: INT32 },
      Taxis: { type: INT32 },
      batch_dims: { int: 0 },
    }
    return this.#graph.node('GatherV2', [first.of, this.#graph.ints(places), this.#graph.int(1)], attributes)
  }
}

/** Neighbours that can be taken together: vectors, or columns of one matrix. */
function runsOf<T extends NumericOutput | TensorOutput>(columns: readonly T[]): T[][] {
  const runs: T[][] = []
  const sourceOf = (column: T) => (column.kind === 'numeric' ? column.place && column.of : column)
  for (const column of columns) {
    const run = runs.at(-1)
    if (run !== undefined && sourceOf(run[0] as T) === sourceOf(column)) run.push(column)
    else runs.push([column])
  }
  return runs
}
