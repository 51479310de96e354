import { stat } from 'node:fs/promises'
import type { DuckDBBlobValue, DuckDBConnection } from '@duckdb/node-api'
import type { ColumnType } from '../../contracts/dataset.js'
import { FlywheelError } from '../../contracts/errors.js'
import { literal } from '../duckdb.js'
import { checkClaims } from '../parquet/survey-parquet.js'
import { checkExpansion } from '../unpack/expansion.js'
import { imageFormat } from './image-header.js'
import { FILE_COLUMN, nothingPassedOver, type Picture, type PictureSource } from './pictures.js'

interface ParquetColumn {
  readonly name: string
  /** As DuckDB writes it. */
  readonly type: string
  /** Names of the classes that whole numbers stand for. */
  readonly classes: readonly string[] | null
}

/** Columns of bytes, and of bytes with their path as Hugging Face's datasets write images. */
const holdsBytes = ({ type }: ParquetColumn): boolean => type === 'BLOB' || isStruct(type)
const isStruct = (type: string): boolean => /^STRUCT\(.*\bbytes"? BLOB\b/.test(type)

/** What a row counts for at least: hardly an image is smaller, and each is decoded by itself. */
const ROW_BYTES = 64

/**
 * The images of a Parquet file with one column of them, and its other columns.
 *
 * @param connection is used as long as the pictures are read
 * @returns null when no column holds images: then it is a table
 * @throws FlywheelError dataset-invalid when it can not be read, claims too much, or has further columns of bytes
 */
export async function parquetImages(
  connection: DuckDBConnection,
  path: string,
): Promise<PictureSource | null> {
  const from = `read_parquet(${literal(path)})`
  const sizeBytes = (await stat(path)).size
  const columns = await readColumns(connection, path)
  const rows = await checkClaims(connection, { path, sizeBytes, columns: columns.length })
  const withBytes = columns.filter(holdsBytes)
  const images: ParquetColumn[] = []
  for (const column of withBytes) if (await holdsImages(connection, { from, column })) images.push(column)
  const [image] = images
  if (image === undefined) return null
  const more = withBytes.filter((column) => column !== image).map(({ name }) => name)
  if (more.length > 0) {
    throw unusable(`Beside the images in ${image.name} there are columns of bytes: ${more.join(', ')}`)
  }
  const others = columns.filter((column) => column !== image)
  const types: Record<string, ColumnType> = {}
  for (const { name, classes } of others) if (classes !== null) types[name] = 'category'
  const hasPath = /\bpath"? VARCHAR\b/.test(image.type) && others.every(({ name }) => name !== FILE_COLUMN)
  if (hasPath) types[FILE_COLUMN] = 'text'
  return {
    name: image.name,
    ...(hasPath ? { fileColumn: FILE_COLUMN } : {}),
    types,
    passedOver: nothingPassedOver(),
    async *pictures() {
      checkExpansion(rows * ROW_BYTES, sizeBytes)
      let expandedBytes = 0
      for await (const { picture, bytes } of readPictures(connection, { from, image, others, hasPath })) {
        expandedBytes += Math.max(bytes, ROW_BYTES)
        checkExpansion(expandedBytes, sizeBytes)
        yield picture
      }
    },
  }
}

async function readColumns(connection: DuckDBConnection, path: string): Promise<ParquetColumn[]> {
  try {
    const [described, metadata] = [
      await connection.runAndReadAll(`describe select * from read_parquet(${literal(path)})`),
      await connection.runAndReadAll(
        `select value from parquet_kv_metadata(${literal(path)}) where key = 'huggingface'::blob`,
      ),
    ]
    const text = metadata.getRows()[0]?.[0] as DuckDBBlobValue | undefined
    const classes = classNames(text && Buffer.from(text.bytes).toString())
    return described.getRows().map(([name, type]) => ({
      name: String(name),
      type: String(type),
      classes: classes.get(String(name)) ?? null,
    }))
  } catch (error) {
    throw unusable(`The Parquet file can not be read: ${firstLine(error)}`, error)
  }
}

/** What Hugging Face's datasets write beside a table: the names that whole numbers of a column stand for. */
function classNames(text: string | undefined): Map<string, readonly string[]> {
  const found = new Map<string, readonly string[]>()
  if (text === undefined) return found
  const features = featuresOf(text)
  for (const [name, feature] of Object.entries(features)) {
    const { _type: type, names } = (feature ?? {}) as { _type?: unknown; names?: unknown }
    if (type === 'ClassLabel' && Array.isArray(names)) found.set(name, names.map(String))
  }
  return found
}

function featuresOf(text: string): object {
  try {
    return (JSON.parse(text) as { info?: { features?: object } }).info?.features ?? {}
  } catch {
    return {} // a note that is not needed to read the table
  }
}

async function holdsImages(
  connection: DuckDBConnection,
  { from, column }: { from: string; column: ParquetColumn },
): Promise<boolean> {
  const bytes = bytesOf(column)
  try {
    const sql = `select ${bytes}[:16] from ${from} where ${bytes} is not null limit 1`
    const [row] = (await connection.runAndReadAll(sql)).getRows()
    const [head] = row ?? []
    return head !== undefined && imageFormat((head as DuckDBBlobValue).bytes) !== null
  } catch (error) {
    throw unusable(`The Parquet file can not be read: ${firstLine(error)}`, error)
  }
}

const quoted = (name: string): string => `"${name.replaceAll('"', '""')}"`
const bytesOf = ({ name, type }: ParquetColumn): string =>
  isStruct(type) ? `${quoted(name)}.bytes` : quoted(name)

async function* readPictures(
  connection: DuckDBConnection,
  {
    from,
    image,
    others,
    hasPath,
  }: { from: string; image: ParquetColumn; others: readonly ParquetColumn[]; hasPath: boolean },
): AsyncGenerator<{ picture: Picture; bytes: number }> {
  const terms = [
    bytesOf(image),
    ...(hasPath ? [`${quoted(image.name)}.path`] : []),
    ...others.map(plainValue),
  ]
  let row = 0
  try {
    const result = await connection.stream(`select ${terms.join(', ')} from ${from}`)
    for (
      let chunk = await result.fetchChunk();
      chunk && chunk.rowCount > 0;
      chunk = await result.fetchChunk()
    ) {
      for (const [file, ...rest] of chunk.getRows()) {
        const path = `row ${++row}, ${image.name}`
        // A copy: the chunk's memory is used again.
        const bytes = file ? Uint8Array.from((file as DuckDBBlobValue).bytes) : null
        const [name] = hasPath ? rest.splice(0, 1) : []
        const beside = others.map((column, at): [string, unknown] => [column.name, cellOf(rest[at], column)])
        const line = JSON.stringify(
          Object.fromEntries([...beside, ...(hasPath ? [[FILE_COLUMN, name ?? null]] : [])]),
        )
        yield {
          picture: { path, line, content: bytes ?? contentless(name) },
          bytes: (bytes?.length ?? 0) + line.length,
        }
      }
    }
  } catch (error) {
    if (error instanceof FlywheelError) throw error
    throw unusable(`The Parquet file can not be read: ${firstLine(error)}`, error)
  }
}

/** A path alone leads to a file on the machine where the table was written. */
const contentless = (name: unknown): Picture['content'] =>
  name ? { expected: 'the bytes of an image', received: 'a path alone' } : null

const numeric = /^(U?(TINY|SMALL|BIG|HUGE)?INT(EGER)?|FLOAT|DOUBLE|DECIMAL.*)$/

/** Numbers as doubles, booleans and texts as they are, everything else as text. */
function plainValue({ name, type }: ParquetColumn): string {
  if (/^U?(BIG|HUGE)INT$/.test(type)) return `${quoted(name)}::varchar`
  if (numeric.test(type)) return `${quoted(name)}::double`
  return type === 'BOOLEAN' || type === 'VARCHAR' ? quoted(name) : `${quoted(name)}::varchar`
}

function cellOf(value: unknown, { type, classes }: ParquetColumn): unknown {
  if (value === null || value === undefined) return null
  if (classes !== null) return classes[Number(value)] ?? null
  // A double would round away digits of larger ones.
  if (/^U?(BIG|HUGE)INT$/.test(type))
    return Number.isSafeInteger(Number(value)) ? Number(value) : String(value)
  if (typeof value === 'number' && !Number.isFinite(value)) return Number.isNaN(value) ? null : String(value)
  return value
}

const firstLine = (error: unknown): string => (error as Error).message.split('\n', 1)[0]?.slice(0, 200) ?? ''

const unusable = (detail: string, cause?: unknown): FlywheelError =>
  new FlywheelError('dataset-invalid', detail, {
    cause,
    remedy: 'Send a Parquet file with one column of images, as bytes or as { bytes, path }',
  })
