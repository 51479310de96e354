import { isGreyImage } from '../../datasets/images/decode-image.js'
import { readImageHeader } from '../../datasets/images/image-header.js'
import { inOrder } from '../../datasets/images/in-order.js'

/** Larger images are made smaller by default: a network on a CPU learns from 64×64 in minutes, from 224×224 in hours. */
const DEFAULT_SIDE = 64

interface Size {
  readonly width: number
  readonly height: number
}

/** The most frequent size, the larger one of two as frequent, where both sides are at most 64; else 64×64. */
export function chooseSize(files: readonly Uint8Array[]): Size {
  const counts = new Map<string, Size & { rows: number }>()
  for (const file of files) {
    const header = readImageHeader(file)
    if (header === null) continue
    const { width, height } = header
    const key = `${width}×${height}`
    const rows = (counts.get(key)?.rows ?? 0) + 1
    counts.set(key, { width, height, rows })
  }
  const [usual] = [...counts.values()].sort(
    (a, b) => b.rows - a.rows || b.width * b.height - a.width * a.height,
  )
  if (usual === undefined || Math.max(usual.width, usual.height) > DEFAULT_SIDE) {
    return { width: DEFAULT_SIDE, height: DEFAULT_SIDE }
  }
  return { width: usual.width, height: usual.height }
}

/** Whether no image is stored with colours; true where there are none. */
export async function isAllGrey(files: readonly Uint8Array[]): Promise<boolean> {
  for await (const isGrey of inOrder(files, (file) => isGreyImage(file))) if (!isGrey) return false
  return true
}
