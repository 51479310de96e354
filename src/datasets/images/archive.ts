import { FlywheelError, shown } from '../../contracts/errors.js'

/** What an archive may hold at most; beyond it, it is refused before it is expanded. */
const ARCHIVE_LIMITS = {
  entries: 100_000,
  /** One file, expanded. */
  fileBytes: 64 * 1024 ** 2,
  /** All files, expanded. */
  totalBytes: 64 * 1024 ** 3,
  /** Expanded bytes for each byte of the archive: images hardly shrink, a bomb does a thousandfold. */
  ratio: 200,
  /** Archives that expand to less than this may have any ratio. */
  ratioFromBytes: 64 * 1024 ** 2,
} as const

/** A file of an archive, expanded; or why it can't be. */
export type ArchiveFile =
  | { readonly name: string; readonly bytes: Buffer }
  | { readonly name: string; readonly failure: string }

/** A zip or tar. Its names are texts and never become paths. */
export interface Archive {
  /** Files in their order; folders are none. */
  readonly names: readonly string[]
  /** Links, devices and the like, which are passed over. */
  readonly others: number
  /** The wanted files, one after the other. @throws FlywheelError dataset-invalid */
  files(isWanted: (name: string) => boolean): AsyncGenerator<ArchiveFile>
}

const usualRemedy = 'Pack the images anew as a plain zip or tar: <class>/<file>'

export const unusableArchive = (detail: string, cause?: unknown, remedy = usualRemedy): FlywheelError =>
  new FlywheelError('dataset-invalid', detail, { remedy, cause })

/** Counts what an archive holds, and refuses it as soon as it holds too much. */
export class ArchiveTally {
  readonly #archiveBytes: number
  readonly #names = new Set<string>()
  #entries = 0
  #expanded = 0

  constructor(archiveBytes: number) {
    this.#archiveBytes = archiveBytes
  }

  /** Any entry, folders too. */
  addEntry(): void {
    ArchiveTally.checkEntries(++this.#entries)
  }

  /** @param entries as many as there are so far, or as a directory announces */
  static checkEntries(entries: number): void {
    if (entries <= ARCHIVE_LIMITS.entries) return
    throw unusableArchive(`The archive has more than ${ARCHIVE_LIMITS.entries} entries`)
  }

  /** A file, by the size that it expands to. */
  addFile(name: string, sizeBytes: number): void {
    checkName(name)
    if (this.#names.has(name)) throw unusableArchive(`The archive holds ${shown(name)} twice`)
    this.#names.add(name)
    if (sizeBytes > ARCHIVE_LIMITS.fileBytes) {
      throw unusableArchive(
        `${shown(name)} expands to ${sizeBytes} bytes; at most ${ARCHIVE_LIMITS.fileBytes} are accepted`,
      )
    }
    this.addBytes(sizeBytes)
  }

  /** Bytes that the archive expands to. */
  addBytes(sizeBytes: number): void {
    this.#expanded += sizeBytes
    const { totalBytes, ratio, ratioFromBytes } = ARCHIVE_LIMITS
    const isBomb = this.#expanded > ratioFromBytes && this.#expanded > ratio * this.#archiveBytes
    if (this.#expanded <= totalBytes && !isBomb) return
    throw unusableArchive(
      `The archive of ${this.#archiveBytes} bytes expands to more than ${Math.min(totalBytes, Math.max(ratioFromBytes, ratio * this.#archiveBytes))} bytes`,
    )
  }

  get names(): string[] {
    return [...this.#names]
  }
}

/** A name as the folder's own programs write it: tar writes `./a/b` where it packs the folder that it stands in. */
export const plainName = (name: string): string =>
  name.startsWith('./') ? name.replace(/^(\.\/+)+/, '') : name

/** Whoever packs such names wants to write elsewhere than into the folder where an archive is unpacked. */
function checkName(name: string): void {
  const isPath =
    name.startsWith('/') || /^[a-zA-Z]:/.test(name) || /[\\\0]/.test(name) || name.split('/').includes('..')
  if (isPath) throw unusableArchive(`The archive holds a file named ${shown(name)}, which leaves its folder`)
}
