import type { DatasetColumn, Finding } from '../../contracts/dataset.js'
import { IMAGE_COLUMN, type PassedOver } from './pictures.js'
import type { PictureFacts } from './take-pictures.js'

/** The column of the images, by those that were kept. */
export function describeImages(name: string, facts: readonly PictureFacts[]): DatasetColumn {
  const present = facts.filter(({ digest }) => digest !== null)
  const sizes = new Map<string, { width: number; height: number; rows: number }>()
  for (const { width, height } of present) {
    const rows = (sizes.get(`${width}×${height}`)?.rows ?? 0) + 1
    sizes.set(`${width}×${height}`, { width, height, rows })
  }
  const [usual] = [...sizes.values()].sort(
    (a, b) => b.rows - a.rows || b.width * b.height - a.width * a.height,
  )
  const { width = 1, height = 1 } = usual ?? {}
  return {
    name,
    type: 'image',
    missing: facts.length - present.length,
    distinct: distinctOf(present),
    images: { width, height, channels: present.every(({ isGrey }) => isGrey) ? 1 : 3 },
  }
}

const distinctOf = (facts: readonly PictureFacts[]): number => new Set(facts.map(({ digest }) => digest)).size

/** A class with less than this share of the largest one's rows is rare. */
const RARE_SHARE = 0.1

/** What is remarkable about the images that were kept, and which files of the upload are none of them. */
export function imageFindings(
  column: DatasetColumn,
  { facts, passedOver }: { facts: readonly PictureFacts[]; passedOver: PassedOver },
): Finding[] {
  return [
    ...duplicates(column, facts),
    ...missing(column, facts.length),
    ...imbalance(facts),
    ...otherFiles(passedOver),
  ]
}

function duplicates({ name, missing, distinct }: DatasetColumn, { length }: { length: number }): Finding[] {
  const copies = length - missing - distinct
  if (copies === 0) return []
  return [
    {
      code: 'duplicate-images',
      column: name,
      detail: `${copies} of ${length} images are the same file as another one`,
      remedy: 'Remove the copies; equal rows are kept on one side when rows are kept out',
    },
  ]
}

function missing({ name, missing: rows }: DatasetColumn, length: number): Finding[] {
  if (rows === 0) return []
  return [
    {
      code: 'missing',
      column: name,
      detail: `${rows} of ${length} rows have no image`,
      remedy: 'Leave the rows out: a network needs an image in every row',
    },
  ]
}

function imbalance(facts: readonly PictureFacts[]): Finding[] {
  const classes = new Map<string, number>()
  for (const { label } of facts) if (label !== null) classes.set(label, (classes.get(label) ?? 0) + 1)
  const counts = [...classes].sort(([, a], [, b]) => b - a)
  const [largest, rarest] = [counts[0], counts.at(-1)]
  if (!largest || !rarest || rarest[1] >= RARE_SHARE * largest[1]) return []
  return [
    {
      code: 'class-imbalance',
      column: 'label',
      detail: `${JSON.stringify(rarest[0])} has ${rarest[1]} images, ${JSON.stringify(largest[0])} ${largest[1]}`,
      remedy: 'Collect more of the rare class, or train with "classWeights": "balanced"',
    },
  ]
}

function otherFiles({ named, count, unnamed }: PassedOver): Finding[] {
  const findings: Finding[] = []
  if (count > 0) {
    const names = named.length === 0 ? '' : `: ${named.join(', ')}${count > named.length ? ', …' : ''}`
    findings.push({
      code: 'other-files',
      detail: `${count} files of the archive are no images and were passed over${names}`,
      remedy: 'Nothing, or leave them out of the archive',
    })
  }
  if (unnamed > 0) {
    findings.push({
      code: 'unnamed-images',
      column: IMAGE_COLUMN,
      detail: `${unnamed} images of the archive are not named in its manifest and were passed over`,
      remedy: 'Nothing, or name them in the manifest',
    })
  }
  return findings
}
