/**
 * Whether a request would rather have a page than JSON: a browser's does, a client's that takes anything does not.
 *
 * @param accept the Accept header
 */
export function prefersHtml(accept: string | undefined): boolean {
  const qualities = new Map(
    (accept ?? '').split(',').map((entry) => {
      const [type = '', ...parameters] = entry.split(';').map((part) => part.trim().toLowerCase())
      const quality = parameters.find((parameter) => parameter.startsWith('q='))
      return [type, quality === undefined ? 1 : Number(quality.slice(2))]
    }),
  )
  const page = qualities.get('text/html') ?? 0
  return page > 0 && page >= (qualities.get('application/json') ?? 0)
}
