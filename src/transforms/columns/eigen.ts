/** Of a symmetric matrix. */
export interface Eigen {
  /** Descending. */
  readonly values: Float64Array
  /** One of length 1 for each value. */
  readonly vectors: readonly Float64Array[]
}

/**
 * Eigenvalues and -vectors of a real symmetric matrix: Householder's tridiagonal form, then implicit QL (Bowdler, Martin,
 * Reinsch and Wilkinson 1968, the "tred2" and "tql2" of EISPACK). About 3·size³ operations.
 *
 * @param matrix rows; it is overwritten
 */
export function eigenOf(matrix: readonly Float64Array[]): Eigen {
  const size = matrix.length
  const diagonal = new Float64Array(size)
  const beside = new Float64Array(size)
  const basis = tridiagonal(matrix, { diagonal, beside })
  implicitQl(basis, { diagonal, beside })
  const order = Array.from(diagonal.keys()).sort(
    (a, b) => (diagonal[b] as number) - (diagonal[a] as number) || a - b,
  )
  return {
    values: Float64Array.from(order, (at) => diagonal[at] as number),
    vectors: order.map((at) => basis[at] as Float64Array),
  }
}

interface Tridiagonal {
  readonly diagonal: Float64Array
  /** Beside the diagonal; element 0 is unused. */
  readonly beside: Float64Array
}

/**
 * Reflects the matrix into tridiagonal form.
 *
 * @returns the basis: row i is the i-th basis vector
 */
function tridiagonal(a: readonly Float64Array[], { diagonal, beside }: Tridiagonal): Float64Array[] {
  const size = a.length
  const basis = Array.from({ length: size }, (_, at) => {
    const row = new Float64Array(size)
    row[at] = 1
    return row
  })
  const reflected = new Float64Array(size)
  for (let k = 0; k < size - 2; k++) {
    const row = a[k] as Float64Array
    // The Householder vector makes all of row k zero beyond its neighbour.
    const v = row.slice()
    v.fill(0, 0, k + 1)
    const length = Math.sqrt(dot(v, v))
    if (length === 0) continue
    const first = v[k + 1] as number
    v[k + 1] = first + (first >= 0 ? length : -length)
    const scale = 2 / dot(v, v)
    // a ← (1 − s·v·vᵀ) a (1 − s·v·vᵀ), on the part below and right of k
    for (let i = k; i < size; i++) reflected[i] = scale * dot(a[i] as Float64Array, v)
    const half = (scale / 2) * dotFrom(v, reflected, k + 1)
    for (let i = k; i < size; i++) reflected[i] = (reflected[i] as number) - half * (v[i] as number)
    for (let i = k; i < size; i++) {
      const target = a[i] as Float64Array
      const [vi, wi] = [v[i] as number, reflected[i] as number]
      for (let j = k; j < size; j++) {
        target[j] = (target[j] as number) - vi * (reflected[j] as number) - wi * (v[j] as number)
      }
    }
    reflectBasis(basis, v, scale)
  }
  for (let i = 0; i < size; i++) {
    diagonal[i] = (a[i] as Float64Array)[i] as number
    beside[i] = i === 0 ? 0 : ((a[i] as Float64Array)[i - 1] as number)
  }
  return basis
}

/** basis ← (1 − s·v·vᵀ) basis */
function reflectBasis(basis: readonly Float64Array[], v: Float64Array, scale: number): void {
  const sums = new Float64Array(v.length)
  for (let i = 0; i < v.length; i++) addScaled(sums, basis[i] as Float64Array, v[i] as number)
  for (let i = 0; i < v.length; i++) addScaled(basis[i] as Float64Array, sums, -scale * (v[i] as number))
}

function addScaled(out: Float64Array, row: Float64Array, factor: number): void {
  if (factor === 0) return
  for (let j = 0; j < out.length; j++) out[j] = (out[j] as number) + factor * (row[j] as number)
}

/** More rounds for one value than this do not happen: 30 were enough for everyone since 1968. */
const MAX_ROUNDS = 100

/** Turns the tridiagonal matrix into its eigenvalues and the basis into the eigenvectors. */
function implicitQl(basis: readonly Float64Array[], { diagonal: d, beside }: Tridiagonal): void {
  const size = d.length
  const e = new Float64Array(size)
  e.set(beside.subarray(1))
  for (let l = 0; l < size; l++) {
    for (let round = 0; ; round++) {
      const m = firstSplit({ d, e }, l)
      if (m === l) break
      if (round === MAX_ROUNDS) throw new Error('the eigenvalues of a covariance were not found')
      let g = ((d[l + 1] as number) - (d[l] as number)) / (2 * (e[l] as number))
      let r = Math.hypot(g, 1)
      g = (d[m] as number) - (d[l] as number) + (e[l] as number) / (g + (g >= 0 ? r : -r))
      let [s, c, p] = [1, 1, 0]
      let i = m - 1
      for (; i >= l; i--) {
        const f = s * (e[i] as number)
        const b = c * (e[i] as number)
        r = Math.hypot(f, g)
        e[i + 1] = r
        if (r === 0) {
          d[i + 1] = (d[i + 1] as number) - p
          e[m] = 0
          break
        }
        s = f / r
        c = g / r
        g = (d[i + 1] as number) - p
        r = ((d[i] as number) - g) * s + 2 * c * b
        p = s * r
        d[i + 1] = g + p
        g = c * r - b
        rotate(basis[i] as Float64Array, basis[i + 1] as Float64Array, { s, c })
      }
      if (r === 0 && i >= l) continue
      d[l] = (d[l] as number) - p
      e[l] = g
      e[m] = 0
    }
  }
}

/** The first place from `l` on behind which the matrix falls apart; its end where it does not. */
function firstSplit({ d, e }: { d: Float64Array; e: Float64Array }, l: number): number {
  for (let m = l; m < d.length - 1; m++) {
    const size = Math.abs(d[m] as number) + Math.abs(d[m + 1] as number)
    if (Math.abs(e[m] as number) <= Number.EPSILON * size) return m
  }
  return d.length - 1
}

function rotate(a: Float64Array, b: Float64Array, { s, c }: { s: number; c: number }): void {
  for (let j = 0; j < a.length; j++) {
    const [x, y] = [a[j] as number, b[j] as number]
    b[j] = s * x + c * y
    a[j] = c * x - s * y
  }
}

const dot = (a: Float64Array, b: Float64Array): number => dotFrom(a, b, 0)

function dotFrom(a: Float64Array, b: Float64Array, from: number): number {
  let sum = 0
  for (let at = from; at < a.length; at++) sum += (a[at] as number) * (b[at] as number)
  return sum
}
