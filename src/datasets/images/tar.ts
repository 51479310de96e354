import { createReadStream } from 'node:fs'
import { stat } from 'node:fs/promises'
import { Parser, type ReadEntry } from 'tar'
import { FlywheelError } from '../../contracts/errors.js'
import { type Archive, type ArchiveFile, ArchiveTally, plainName, unusableArchive } from './archive.js'

/** Bytes of metadata of one entry: a long name. */
const META_BYTES = 64 * 1024

/**
 * A tar (POSIX.1-2001, GNU). It has no directory, so that it is read once for its names.
 *
 * @throws FlywheelError dataset-invalid for a damaged archive, a bomb, names that are paths
 */
export async function openTar(path: string): Promise<Archive> {
  const { size } = await stat(path)
  const tally = new ArchiveTally(size)
  let others = 0
  const survey = (entry: ReadEntry) => {
    tally.addEntry()
    if (isFile(entry)) tally.addFile(plainName(entry.path), entry.size)
    else if (entry.type !== 'Directory') others++
    return false
  }
  for await (const _ of filesOf(path, survey));
  return {
    names: tally.names,
    others,
    files: (isWanted) => filesOf(path, (entry) => isFile(entry) && isWanted(plainName(entry.path))),
  }
}

const isFile = ({ type }: ReadEntry): boolean =>
  type === 'File' || type === 'OldFile' || type === 'ContiguousFile'

/**
 * The wanted files in their order; one chunk of the archive and one file are in memory.
 *
 * @param isWanted asked for every entry in its turn; what it throws ends the reading
 */
async function* filesOf(path: string, isWanted: (entry: ReadEntry) => boolean): AsyncGenerator<ArchiveFile> {
  const done: ArchiveFile[] = []
  const failures: unknown[] = []
  const parser = new Parser({ strict: true, maxMetaEntrySize: META_BYTES })
  parser.on('error', (error: unknown) => failures.push(error))
  let isEnded = false
  parser.on('eof', () => {
    isEnded = true
  })
  parser.on('entry', (entry: ReadEntry) => {
    if (failures.length > 0 || !asked(entry)) {
      entry.resume()
      return
    }
    const chunks: Buffer[] = []
    entry.on('data', (chunk: Buffer) => chunks.push(chunk))
    entry.on('end', () => done.push({ name: plainName(entry.path), bytes: Buffer.concat(chunks) }))
  })
  const file = createReadStream(path)
  try {
    for await (const chunk of file as AsyncIterable<Buffer>) {
      parser.write(chunk)
      if (failures.length > 0) throw failures[0]
      yield* done.splice(0)
      // What follows the end is not the archive's: the parser would take minutes over a gigabyte of zeros.
      if (isEnded) return
    }
    parser.end()
    if (failures.length > 0) throw failures[0]
    yield* done.splice(0)
    if (!isEnded) throw unusableArchive('The tar archive has no end: it was cut off')
  } catch (error) {
    throw error instanceof FlywheelError ? error : damaged(error)
  } finally {
    file.destroy()
  }

  function asked(entry: ReadEntry): boolean {
    try {
      return isWanted(entry)
    } catch (error) {
      failures.push(error)
      return false
    }
  }
}

const damaged = (error: unknown): FlywheelError =>
  unusableArchive(`The tar archive can not be read: ${(error as Error).message}`, error)
