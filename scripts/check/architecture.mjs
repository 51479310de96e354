import { cycles, importsOf, loadedWith } from './imports.mjs'

/** From the ground up: a file imports from its own level and from those below. */
const levels = [
  ['contracts', 'control-group.ts', 'process-identity.ts', 'resident-memory.ts'],
  ['tensorflow'],
  ['onnx', 'tasks', 'models', 'transforms', 'datasets'],
  ['training', 'evaluation', 'compression'],
  ['online', 'serving', 'registry'],
  ['jobs', 'queues.ts'],
  ['config.ts', 'shutdown.ts'],
  ['api', 'workers'],
  ['redis-server.ts', 'supervised-process.ts', 'started-processes.ts', 'start.ts'],
]

/** Loaded into the api by their file names, so that no import statement leads to them. */
const discovered =
  /^src\/(models|tasks|transforms|evaluation\/metrics|datasets\/readers|compression\/methods|jobs|jobs\/export\/formats|api\/plugins|api\/routes\/.*)\/[^/]+\.ts$/

/** These run no model: they answer and watch while others compute. */
const entriesWithoutTensorFlow = ['src/api/server.ts', 'src/workers/worker.ts', 'src/start.ts']

const maxLines = 400

/**
 * What breaks the rules of the architecture, one line each.
 *
 * @param files text by path from the project's root
 */
export function violations(files) {
  const imports = new Map([...files].map(([file, text]) => [file, importsOf(file, text)]))
  const sources = new Map([...imports].filter(([file]) => file.startsWith('src/')))
  return [
    ...[...files].flatMap(([file, text]) => tooLong(file, text)),
    ...[...sources].flatMap(([file, found]) => found.flatMap((entry) => forbidden({ file, ...entry }))),
    ...cycles(sources).map((cycle) => `import cycle: ${cycle.join(' → ')}`),
    ...[...entriesWithoutTensorFlow, ...[...sources.keys()].filter((file) => discovered.test(file))].flatMap(
      (entry) => loadsTensorFlow(entry, sources),
    ),
  ]
}

function tooLong(file, text) {
  const lines = text.split('\n').length - 1
  return lines > maxLines ? [`${file} has ${lines} lines: ${maxLines} are the most`] : []
}

function forbidden({ file, target, kind }) {
  const [from, to] = [folderOf(file), folderOf(target)]
  if (isNative(target) && from !== 'tensorflow' && (kind !== 'type' || target === 'koffi')) {
    return [`${file} imports ${target}: only src/tensorflow knows the native library`]
  }
  if (to === null) return []
  if (levelOf(from) === undefined) return [`${file}: no level of the architecture holds src/${from}`]
  if (levelOf(to) > levelOf(from)) return [`${file} imports ${target}: ${to} stands above ${from}`]
  if ([from, to].sort().join() === 'api,workers')
    return [`${file} imports ${target}: api and workers share no code`]
  if (to === 'config.ts' && !['api', 'workers', 'start.ts'].includes(from)) {
    return [`${file} imports ${target}: settings are given as arguments below api and workers`]
  }
  if (
    to === 'tensorflow' &&
    from !== 'tensorflow' &&
    kind !== 'type' &&
    !mayUseTensorFlow({ file, from, kind })
  ) {
    return [
      `${file} imports ${target}: only models, training, workers, serving/predictor and lazy imports of jobs use it`,
    ]
  }
  return []
}

const isNative = (target) => target === 'koffi' || target === '@tensorflow/tfjs-node-gpu'

/** What computes, and is itself loaded by trainers and predictors alone; the entries below hold it to that. */
const computes = ['models', 'onnx', 'training', 'workers']

const mayUseTensorFlow = ({ file, from, kind }) =>
  computes.includes(from) || file.startsWith('src/serving/predictor/') || (from === 'jobs' && kind === 'lazy')

function loadsTensorFlow(entry, imports) {
  const chains = [...loadedWith(entry, imports)]
    .filter(([target]) => target.startsWith('@tensorflow/') || target === 'koffi')
    .map(([, chain]) => chain)
  return chains.slice(0, 1).map((chain) => `${entry} loads TensorFlow: ${chain.join(' → ')}`)
}

/** "api" for src/api/app.ts, "config.ts" for src/config.ts, null for what is not ours. */
const folderOf = (target) => (target.startsWith('src/') ? target.split('/')[1] : null)

function levelOf(folder) {
  const level = levels.findIndex((names) => names.includes(folder))
  return level < 0 ? undefined : level
}
