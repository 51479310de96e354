/** What the samples ask. */
export interface SampledCall {
  /** Whole, as a client writes it. */
  readonly url: string
  readonly body: object
  /** Whether the call needs a key, which the samples take from FLYWHEEL_KEY. */
  readonly needsKey: boolean
  /** TypeScript's type of one prediction. */
  readonly predictionType: string
}

export interface CodeSample {
  readonly lang: 'Shell' | 'TypeScript' | 'Python'
  readonly label: string
  readonly source: string
}

/** The same call as curl, TypeScript and Python (its standard library alone); each prints the predictions. */
export function codeSamples(call: SampledCall): CodeSample[] {
  return [
    { lang: 'Shell', label: 'curl', source: curl(call) },
    { lang: 'TypeScript', label: 'TypeScript', source: typescript(call) },
    { lang: 'Python', label: 'Python', source: python(call) },
  ]
}

function curl({ url, body, needsKey }: SampledCall): string {
  const lines = [`curl -sS ${shellText(url)}`, `-H 'content-type: application/json'`]
  if (needsKey) lines.push('-H "authorization: Bearer $FLYWHEEL_KEY"')
  lines.push(`-d ${shellText(JSON.stringify(body))}`)
  return `${lines.join(' \\\n  ')}\n`
}

/** Between single quotes nothing has a meaning but the quote. */
const shellText = (text: string): string => `'${text.replaceAll("'", "'\\''")}'`

function typescript({ url, body, needsKey, predictionType }: SampledCall): string {
  const key = needsKey ? ", authorization: 'Bearer ' + process.env['FLYWHEEL_KEY']" : ''
  return `const response = await fetch(${JSON.stringify(url)}, {
  method: 'POST',
  headers: { 'content-type': 'application/json'${key} },
  body: JSON.stringify(${indented(JSON.stringify(body, null, 2))}),
})
if (!response.ok) throw new Error(await response.text())
const { predictions } = (await response.json()) as { predictions: ${predictionType}[] }
console.log(JSON.stringify(predictions))
export {}
`
}

function python({ url, body, needsKey }: SampledCall): string {
  const key = needsKey ? ', "authorization": "Bearer " + os.environ["FLYWHEEL_KEY"]' : ''
  return `import json
${needsKey ? 'import os\n' : ''}import urllib.request

request = urllib.request.Request(
    ${JSON.stringify(url)},
    data=json.dumps(${indented(pythonLiteral(body))}).encode(),
    headers={"content-type": "application/json"${key}},
)
with urllib.request.urlopen(request) as response:
    print(json.dumps(json.load(response)["predictions"]))
`
}

const indented = (text: string): string => text.replaceAll('\n', '\n  ')

/** JSON's texts and numbers are Python's; its words are not. */
function pythonLiteral(value: unknown): string {
  if (value === null) return 'None'
  if (typeof value === 'boolean') return value ? 'True' : 'False'
  if (Array.isArray(value)) return `[${value.map(pythonLiteral).join(', ')}]`
  if (typeof value !== 'object') return JSON.stringify(value)
  const entries = Object.entries(value as object)
  return `{${entries.map(([name, entry]) => `${JSON.stringify(name)}: ${pythonLiteral(entry)}`).join(', ')}}`
}
