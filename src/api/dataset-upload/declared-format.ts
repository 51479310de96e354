const byType: Readonly<Record<string, string>> = {
  'application/x-ndjson': 'ndjson',
  'application/ndjson': 'ndjson',
  'application/x-jsonl': 'ndjson',
  'application/jsonl': 'ndjson',
  'text/plain': 'text',
}
const byEnd: Readonly<Record<string, string>> = {
  ndjson: 'ndjson',
  jsonl: 'ndjson',
  txt: 'text',
  csv: 'csv',
  tsv: 'csv',
}

/** The reader that a file's name or, if that says nothing, its content type asks for where its content leaves it open. */
export function declaredFormat({
  type,
  filename = '',
}: {
  readonly type: string
  readonly filename?: string
}): { declared?: string } {
  const end = /\.([a-z0-9]+)(\.(gz|zst))?$/i.exec(filename)?.[1]?.toLowerCase() ?? ''
  const declared = byEnd[end] ?? byType[type.toLowerCase()]
  return declared === undefined ? {} : { declared }
}
