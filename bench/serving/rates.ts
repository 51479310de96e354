import { median, range } from '../statistics.js'
import { type Bench, measured, type ServingRow } from './bench.js'
import { bodyOf, labelsIn, type Values } from './bodies.js'
import type { Loaded } from './load.js'
import { pythonPeers, type Server, startPeer, triton, twoWorkers } from './peers.js'
import { flywheel, startFloor } from './service.js'
import { atLeast, atMost, milliseconds, ratioOf } from './verdict.js'

const clients = 32
const firstPort = 21_000 + (process.pid % 10_000)

/** One side at one size of request; its results in the order of the rounds. */
interface Column {
  readonly server: Server
  readonly rows: number
  readonly values: Values
  readonly runs: Loaded[]
}

const answersPerSecond = ({ rows, runs }: Column): number[] => runs.map(({ perSecond }) => perSecond * rows)

/** Requests per second of one row as JSON and in binary, and of 32 rows, beside the peers. */
export const rates: ServingRow = {
  name: 'rates',
  title: 'requests per second, MLP 784-64-64-10',
  async measure(bench) {
    const started: { stop(): Promise<void> }[] = []
    try {
      const peers: Server[] = []
      const reasons: string[] = []
      for (const [i, peer] of [...pythonPeers, twoWorkers, triton].entries()) {
        try {
          const server = await startPeer(peer, { folder: bench.folder, port: firstPort + i * 4 })
          started.push(server)
          await checkAnswers(bench, server)
          server.pause?.()
          peers.push(server)
        } catch (error) {
          process.stderr.write(`${(error as Error).message}\n`)
          reasons.push(
            `${peer.name} did not run here: ${(error as Error).message.trim().split('\n').at(-1)}.`,
          )
        }
      }
      const floor = await startFloor(firstPort + 40)
      started.push(floor)
      const columns = [
        ...[
          floor.hello,
          floor.echo,
          flywheel(bench.service, 'instances'),
          flywheel(bench.service, 'binary'),
          ...peers,
        ].map((server) => newColumn(server)),
        ...[flywheel(bench.service, 'binary'), ...peers.filter(({ form }) => form === 'binary')].map(
          (server) => newColumn(server, { rows: 32 }),
        ),
      ]
      await measureInTurn(bench, columns)
      const best = bestPeer(columns)
      const general = [
        flywheel(bench.service, 'instances'),
        flywheel(bench.service, 'binary'),
        ...(best ? [best.server] : []),
      ].map((server) => newColumn(server, { values: 'general' }))
      await measureInTurn(bench, general)
      return page([...columns, ...general], reasons)
    } finally {
      await Promise.all(started.map((one) => one.stop()))
    }
  },
}

function newColumn(
  server: Server,
  { rows = 1, values = 'whole' }: { rows?: number; values?: Values } = {},
): Column {
  return { server, rows, values, runs: [] }
}

async function measureInTurn(bench: Bench, columns: readonly Column[]): Promise<void> {
  for (let round = 0; round < bench.rounds; round++)
    for (const column of columns) await measureOne(bench, column)
}

/** Undefined where none ran. */
function bestPeer(columns: readonly Column[]): Column | undefined {
  const names = pythonPeers.map(({ name }) => name)
  const peers = columns.filter(({ server }) => names.includes(server.name))
  return peers.toSorted((a, b) => median(answersPerSecond(b)) - median(answersPerSecond(a)))[0]
}

async function measureOne(bench: Bench, { server, rows, values, runs }: Column): Promise<void> {
  server.resume?.()
  try {
    runs.push(await measured(bench, { url: server.url, form: server.form, rows, values, clients }))
  } finally {
    server.pause?.()
  }
}

/** @throws Error when a peer does not answer what Flywheel does */
async function checkAnswers({ service, digits }: Bench, { name, url, form }: Server): Promise<void> {
  const ask = async (to: string, how: Server['form']) => {
    const { headers, body } = bodyOf(how, digits.slice(0, 50))
    return labelsIn(await fetch(to, { method: 'POST', headers, body }))
  }
  const own = await ask(flywheel(service, 'instances').url, 'instances')
  const labels = await ask(url, form)
  const same = labels.filter((label, i) => label === own[i]).length
  // Another order of summation may turn a row that stands between two classes.
  if (labels.length !== own.length || same < own.length - 1) {
    throw new Error(`${name} answers ${same} of ${own.length} rows as Flywheel does`)
  }
}

function page(columns: readonly Column[], reasons: readonly string[]): string {
  const find = (name: string, rows = 1, values: Values = 'whole') =>
    columns.find((column) => column.server.name === name && column.rows === rows && column.values === values)
  const [json, binary, many] = [find('Flywheel'), find('Flywheel, binary'), find('Flywheel, binary', 32)] as [
    Column,
    Column,
    Column,
  ]
  const best = bestPeer(columns.filter(({ values }) => values === 'whole'))
  const [generalJson, generalBinary, generalBest] = [
    find('Flywheel', 1, 'general'),
    find('Flywheel, binary', 1, 'general'),
    best && find(best.server.name, 1, 'general'),
  ]
  const manyByTriton = find('Triton', 32)
  const ratio = (a: Column, b: Column) => ratioOf(answersPerSecond(a), answersPerSecond(b))
  const bars = [
    best && `JSON, of ${best.server.name}, the best Python peer | ${atLeast(ratio(json, best), 2)}`,
    generalJson &&
      generalBest &&
      `JSON of general floats, of ${generalBest.server.name} | ${atLeast(ratio(generalJson, generalBest), 2)}`,
    `JSON, 99th percentile | ${atMost(median(json.runs.map(({ p99Ms }) => p99Ms)), 25, milliseconds)}`,
    `binary, of our JSON | ${atLeast(ratio(binary, json), 2)}`,
    generalJson &&
      generalBinary &&
      `binary of general floats, of our JSON of them | ${atLeast(ratio(generalBinary, generalJson), 2)}`,
    best && `binary, of the best Python peer | ${atLeast(ratio(binary, best), 4)}`,
    `32 rows in binary, rows of our JSON | ${atLeast(ratio(many, json), 10)}`,
    manyByTriton && `32 rows in binary, of Triton | ${atLeast(ratio(many, manyByTriton), 1)}`,
  ].filter((bar) => bar !== undefined)
  const cells = ({ server, rows, values, runs }: Column) => [
    `${server.name.startsWith('Flywheel') ? `**${server.name}**` : server.name}${values === 'general' ? ', general floats' : ''}`,
    server.form === 'nothing' ? '' : String(rows),
    range(
      runs.map(({ perSecond }) => perSecond),
      (value) => value.toFixed(0),
    ),
    milliseconds(median(runs.map(({ p50Ms }) => p50Ms))),
    milliseconds(median(runs.map(({ p99Ms }) => p99Ms))),
    `${(median(runs.map(({ clientShare }) => clientShare)) * 100).toFixed(0)} %`,
  ]
  return `${clients} clients, each over a kept connection, in one process on the same two cores; “client” is what that takes of a core.
The peers' answers were compared with ours before; while one side is measured, the peers' other processes are stopped.
Rows hold whole numbers from 0 to 255, which are short as JSON and which readers have fast paths for; “general floats” are the
same divided by 255 with a little noise, 16 or 17 digits each in JSON, measured in turn of their own.
The floors are a bare Fastify that reads the body and answers a few bytes, or the body. ${reasons.join(' ')}

| | rows | requests per second: median (smallest to largest) | p50 | p99 | client |
|---|---|---|---|---|---|
${columns.map((column) => `| ${cells(column).join(' | ')} |`).join('\n')}

| | bar | | |
|---|---|---|---|
${bars.map((bar) => `| ${bar} |`).join('\n')}`
}
