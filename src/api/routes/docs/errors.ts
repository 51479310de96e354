import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from 'typebox'
import { errorTable } from '../../../contracts/errors.js'
import { problems } from '../../problem.js'

const errors: FastifyPluginAsyncTypebox = async (app) => {
  const page = render()
  app.route({
    method: 'GET',
    url: '/errors',
    config: { scope: 'none' },
    schema: {
      operationId: 'getErrorTable',
      tags: ['service'],
      summary: 'Every error code, what it means and how to mend it',
      response: {
        200: {
          description: 'An HTML page with an anchor for each code',
          content: { 'text/html': { schema: Type.String() } },
        },
        ...problems(),
      },
    },
    handler: async (_request, reply) =>
      reply
        .type('text/html; charset=utf-8')
        .serializer((text: string) => text)
        .send(page),
  })
}

function render(): string {
  const rows = Object.entries(errorTable).map(
    ([code, { status, title, remedy }]) =>
      `<tr id="${code}"><td><a href="#${code}"><code>${code}</code></a></td><td>${status}</td>` +
      `<td>${escaped(title)}</td><td>${escaped(remedy)}</td></tr>`,
  )
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Flywheel: errors</title>
<style>
  body { font: 16px/1.5 system-ui, sans-serif; max-width: 70rem; margin: 2rem auto; padding: 0 1rem; }
  table { border-collapse: collapse; width: 100%; }
  th, td { text-align: left; vertical-align: top; padding: .4rem .8rem .4rem 0; border-bottom: 1px solid #ddd; }
  tr:target { background: #fff3c4; }
</style>
</head>
<body>
<h1>Errors</h1>
<p>Every error answers with <code>application/problem+json</code>. Its <code>code</code> is stable.</p>
<table>
<thead><tr><th>Code</th><th>Status</th><th>Meaning</th><th>Remedy</th></tr></thead>
<tbody>
${rows.join('\n')}
</tbody>
</table>
</body>
</html>
`
}

const escaped = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')

export default errors
