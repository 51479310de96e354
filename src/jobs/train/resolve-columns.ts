import { type DatasetColumn, type DatasetSnapshot, isProse, kindOfType } from '../../contracts/dataset.js'
import type { Plan } from '../../contracts/job.js'
import { matchColumns } from '../../transforms/chain/steps.js'
import { invalid } from './catalogue.js'

/** A text column with that share of different values looks like a name or a key. */
const IDENTIFIER_SHARE = 0.95
const IDENTIFIER_ROWS = 20

export type Warning = Plan['warnings'][number]

/** @throws FlywheelError specification-invalid that lists the columns */
export function resolveTarget(target: string, { columns }: DatasetSnapshot): DatasetColumn {
  const column = columns.find(({ name }) => name === target)
  if (column?.type === 'image') throw invalid('target', 'a column of single values, not of images', target)
  if (column !== undefined) return column
  throw invalid('target', `a column of the dataset: ${listed(columns)}`, target)
}

/** @throws FlywheelError specification-invalid where a dataset has no such column as a version has learnt to answer */
export function checkHasTarget(target: string, { name, version, columns }: DatasetSnapshot): void {
  const column = columns.find((each) => each.name === target)
  if (column !== undefined && column.type !== 'image') return
  const expected = `a dataset with the version’s target ${target} as a column of single values`
  throw invalid('dataset', expected, `${name}@${version} with ${listed(columns)}`)
}

/**
 * @param options.splitColumns what rows are split by: they are features only where the patterns name them
 * @throws FlywheelError specification-invalid for names that are no columns, and for the target among the features
 */
export function resolveFeatures(
  patterns: readonly string[] | undefined,
  {
    snapshot: { columns, rows },
    target,
    splitColumns,
  }: { snapshot: DatasetSnapshot; target: DatasetColumn; splitColumns: readonly string[] },
): { features: DatasetColumn[]; warnings: Warning[] } {
  const others = columns.filter(({ name }) => name !== target.name)
  if (patterns === undefined) {
    const features = others.filter(({ name, distinct }) => distinct > 1 && !splitColumns.includes(name))
    if (features.length === 0) {
      throw invalid(
        'features',
        'at least one column besides the target with different values',
        others.map(nameOf),
      )
    }
    const constant = others.filter(({ distinct }) => distinct <= 1)
    return { features, warnings: [...constantWarning(constant), ...identifierWarnings(features, rows)] }
  }
  if (patterns.includes(target.name)) throw invalid('features', 'columns without the target', target.name)
  const { matched, unmatched } = matchColumns(patterns, others.map(nameOf))
  if (unmatched.length > 0) {
    throw invalid('features', `columns of the dataset: ${listed(others)}`, unmatched.join(', '))
  }
  const chosen = new Set(matched)
  const features = others.filter(({ name }) => chosen.has(name))
  return { features, warnings: identifierWarnings(features, rows) }
}

function constantWarning(constant: readonly DatasetColumn[]): Warning[] {
  if (constant.length === 0) return []
  return [
    {
      code: 'constant',
      detail: `${constant.length} columns hold one value or none and are left out: ${listed(constant)}`,
      remedy: 'Nothing, or name the features yourself',
    },
  ]
}

function identifierWarnings(features: readonly DatasetColumn[], rows: number): Warning[] {
  return features
    .filter((column) => looksLikeIdentifier(column, rows))
    .map(({ name, distinct }) => ({
      code: 'identifier',
      detail: `${name} has ${distinct} different values in ${rows} rows and looks like an identifier`,
      remedy: 'Leave it out of features when it says nothing about rows to come',
    }))
}

export function looksLikeIdentifier(column: DatasetColumn, rows: number): boolean {
  const { type, distinct, missing } = column
  const present = rows - missing
  if (rows < IDENTIFIER_ROWS || type === 'list' || isProse(column)) return false
  if (kindOfType(type) === 'text') return distinct >= IDENTIFIER_SHARE * present
  return type === 'integer' && distinct === present
}

const nameOf = ({ name }: DatasetColumn): string => name

/** The first 20 names, and how many more there are. */
export function listed(columns: readonly DatasetColumn[]): string {
  const more = columns.length - 20
  return columns.slice(0, 20).map(nameOf).join(', ') + (more > 0 ? ` and ${more} more` : '')
}
