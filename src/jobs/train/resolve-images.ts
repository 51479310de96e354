import type { DatasetColumn } from '../../contracts/dataset.js'
import { isNumericType } from '../../datasets/read-table.js'
import { listed, resolveFeatures, type Warning } from './resolve-columns.js'

const IMAGE_TASK = 'image-classification'

/**
 * The features where images are learnt from: the dataset's only image column, which fills a network's input, or, where
 * the job names the task, pixels in columns: all numbers, constant ones too, since each has its place.
 *
 * @returns null where no images are learnt from
 * @throws FlywheelError specification-invalid for features that are no columns
 */
export function imageFeatures(
  asked: { readonly task?: string | undefined; readonly features?: readonly string[] | undefined },
  about: Parameters<typeof resolveFeatures>[1],
): { features: DatasetColumn[]; warnings: Warning[] } | null {
  const { snapshot, target, splitColumns } = about
  const named = asked.features === undefined ? null : resolveFeatures(asked.features, about)
  const candidates = named?.features ?? snapshot.columns.filter(({ name }) => name !== target.name)
  const images = candidates.filter(({ type }) => type === 'image')
  if (images.length === 0 && asked.task !== IMAGE_TASK) return null
  if (named !== null) return named
  const used = images.length > 0 ? images : candidates.filter((column) => isNumericType(column))
  const features = used.filter(({ name }) => !splitColumns.includes(name))
  const others = candidates.filter(
    (column) => !features.includes(column) && !splitColumns.includes(column.name),
  )
  return { features, warnings: besideWarning(others, images[0]) }
}

function besideWarning(others: readonly DatasetColumn[], image: DatasetColumn | undefined): Warning[] {
  if (others.length === 0) return []
  const why =
    image === undefined
      ? 'are no pixels'
      : `stand beside the image ${image.name}, which fills a network’s input,`
  return [
    {
      code: 'beside-image',
      detail: `${others.length} columns ${why} and are left out: ${listed(others)}`,
      remedy: 'Nothing, or name features and transforms yourself',
    },
  ]
}
