import type { DeployRequest } from '../../contracts/job.js'
import type { Metric } from '../../contracts/metric.js'
import type { Compression } from '../../evaluation/report/compression-schema.js'
import type { CompressSpecification } from './request.js'

/** A version of fewer bytes than that share of its parent's is smaller; of a shorter median time, faster. */
const FELL = 0.95

type Judged = Pick<Compression, 'sizeBytes' | 'latency' | 'metrics' | 'rows'>

/**
 * Whether a compressed version may take its parent's place: it is smaller or faster indeed, not worse by more than was
 * asked, and as fast as was asked. Null where nothing was asked.
 *
 * @param metric the task's first
 */
export function judgeAcceptance(
  accept: CompressSpecification['accept'],
  judged: Judged,
  metric: Pick<Metric, 'name' | 'direction'>,
): Compression['accept'] {
  if (accept === null) return null
  const { maxDrop, minSpeedup } = accept
  const checks = [
    checkFell(judged),
    checkDrop(maxDrop, judged, metric),
    ...(minSpeedup === null ? [] : [checkSpeedup(minSpeedup, judged)]),
  ]
  const refused = checks.filter(({ holds }) => !holds)
  return {
    ...accept,
    accepted: refused.length === 0,
    reasons: (refused.length === 0 ? checks : refused).map(({ reason }) => reason),
  }
}

interface Check {
  readonly holds: boolean
  readonly reason: string
}

function checkFell({ sizeBytes, latency }: Judged): Check {
  const isSmaller = sizeBytes.child < FELL * sizeBytes.parent
  const isFaster = latency.some(({ parent, child }) => child.p50Ms < FELL * parent.p50Ms)
  const size = `${sizeBytes.child} bytes against ${sizeBytes.parent}`
  if (isSmaller) return { holds: true, reason: `it is smaller: ${size}` }
  if (isFaster) return { holds: true, reason: `it is faster, of ${size}` }
  return { holds: false, reason: `it is neither smaller nor faster: ${size}` }
}

/** Of what is maximised the difference; of an error, which has the target's unit, its share of the parent's. */
function checkDrop(
  maxDrop: number,
  { metrics, rows }: Judged,
  { name, direction }: Pick<Metric, 'name' | 'direction'>,
): Check {
  const { parent = null, child = null } = metrics[name] ?? {}
  if (parent === null || child === null) {
    return { holds: false, reason: `${name} is undefined on ${rows} test rows: nothing tells what was lost` }
  }
  const drop =
    direction === 'maximise' ? parent - child : (child - parent) / Math.max(parent, Number.MIN_VALUE)
  const figures = `${name} ${shown(child)} against ${shown(parent)} on ${rows} test rows`
  // What is asked for is meant in decimals: 0.97 − 0.96 is no more than 0.01.
  const holds = drop <= maxDrop + 1e-9
  return { holds, reason: `${figures}, where ${maxDrop} may be lost` }
}

function checkSpeedup(minSpeedup: number, { latency }: Judged): Check {
  const slowest = latency.reduce((least, each) => (each.speedup < least.speedup ? each : least))
  const { rows, speedup, parent, child } = slowest
  const figures = `${shown(child.p50Ms)} ms against ${shown(parent.p50Ms)} ms at ${rows} rows`
  return {
    holds: speedup >= minSpeedup,
    reason: `${shown(speedup)} times as fast (${figures}), where ${minSpeedup} are asked`,
  }
}

const shown = (value: number): string => String(Number(value.toPrecision(4)))

/** How the alias moves with the version. */
export function deployOf(
  { alias, aliased, model }: Pick<CompressSpecification, 'alias' | 'aliased' | 'model'>,
  accept: Compression['accept'],
): DeployRequest {
  const parent = Number(model.split('@')[1])
  const stays = (reason: string): DeployRequest => ({ alias, move: false, reason, metrics: null })
  if (accept === null) return stays('the job names nothing to accept it by')
  const reason = accept.reasons.join('; ')
  if (!accept.accepted) return stays(`refused: ${reason}`)
  if (aliased !== parent) {
    const names = aliased === null ? 'no version' : `version ${aliased}`
    return stays(`accepted, but ${alias} named ${names} and not its parent: ${reason}`)
  }
  return { alias, move: true, expected: parent, reason: `accepted: ${reason}`, metrics: null }
}
