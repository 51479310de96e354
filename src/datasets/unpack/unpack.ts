import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { FlywheelError } from '../../contracts/errors.js'
import type { ReadableFile } from '../../contracts/reader.js'
import { readableFile } from '../recognise.js'
import { gunzip } from './gunzip.js'
import { packingOf } from './packing.js'
import { unzstd } from './unzstd.js'

/** How deep packings may stand in each other. */
const MAX_LAYERS = 3

/** Takes packed bytes from one file to another. */
export interface Unpacking {
  readonly from: string
  readonly to: string
  /** Of the uploaded file: what expansion is measured by. */
  readonly packedBytes: number
}

const unpackings = { gzip: gunzip, zstd: unzstd } as const

/**
 * The file itself, or what is packed in it, written to the folder.
 *
 * @throws FlywheelError dataset-invalid for damaged files and for those that expand too far; storage-full
 */
export async function unpack(path: string, folder: string): Promise<ReadableFile> {
  let file = await readableFile(path)
  const packedBytes = file.sizeBytes
  for (let layer = 0; ; layer++) {
    const packing = packingOf(file.head)
    if (packing === null) return file
    if (layer === MAX_LAYERS) {
      throw new FlywheelError('dataset-invalid', `The file is packed more than ${MAX_LAYERS} times over`)
    }
    const to = join(folder, `unpacked-${layer}`)
    await unpackings[packing]({ from: file.path, to, packedBytes })
    if (layer > 0) await rm(file.path)
    file = await readableFile(to)
  }
}
