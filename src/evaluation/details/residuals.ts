import type { Scored } from '../../contracts/task.js'
import type { Details } from '../report/evaluation-schema.js'

const BINS = 30
const MAX_POINTS = 500
const SHARES = [0, 0.05, 0.25, 0.5, 0.75, 0.95, 1]

/** How the true values lie about the predicted ones; undefined without rows, or where a value is not finite. */
export function residualsOf({ yTrue, outputs }: Scored): Details['residuals'] {
  const residuals = yTrue.map((truth, row) => truth - (outputs[row] as number)).sort()
  const rows = residuals.length
  const [least, most] = [residuals[0] as number, residuals[rows - 1] as number]
  if (rows === 0 || !Number.isFinite(most - least)) return undefined
  const bins = most > least ? BINS : 1
  const width = (most - least) / bins
  const counts = new Array<number>(bins).fill(0)
  for (const value of residuals) {
    const at = width > 0 ? Math.min(Math.floor((value - least) / width), bins - 1) : 0
    counts[at] = (counts[at] as number) + 1
  }
  const points = Math.min(rows, MAX_POINTS)
  return {
    edges: Array.from({ length: bins + 1 }, (_, at) => (at === bins ? most : least + at * width)),
    counts,
    quantiles: Object.fromEntries(
      SHARES.map((share) => [String(share), residuals[Math.round(share * (rows - 1))] as number]),
    ),
    predictedByTrue: Array.from({ length: points }, (_, at): [number, number] => {
      const row = Math.floor((at * rows) / points)
      return [yTrue[row] as number, outputs[row] as number]
    }),
  }
}
