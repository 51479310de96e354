import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { interpreter, peerScript } from '../peers.js'
import type { BodyForm } from './bodies.js'

/** A server that is measured. */
export interface Server {
  readonly name: string
  readonly url: string
  readonly form: BodyForm
  /** Whether its answers are predictions, which can be compared. */
  readonly predicts: boolean
  /** Stops its processes where they are, so that the one that is measured has the cores; undefined where it idles. */
  pause?(): void
  resume?(): void
  stop(): Promise<void>
}

export interface Peer {
  readonly name: string
  readonly script: string
  readonly requirements: string
  readonly parameters?: readonly string[]
  readonly path: string
  readonly form: BodyForm
}

const python = 'serving-requirements.txt'
const predict = { requirements: python, path: '/predict', form: 'instances' } as const

export const pythonPeers: readonly Peer[] = [
  { ...predict, name: 'FastAPI, ONNX Runtime', script: 'serving/fastapi_onnx.py', parameters: ['1'] },
  { ...predict, name: 'FastAPI, Keras', script: 'serving/fastapi_keras.py' },
  {
    name: 'MLflow',
    script: 'serving/mlflow_serve.py',
    requirements: python,
    path: '/invocations',
    form: 'records',
  },
  { ...predict, name: 'BentoML', script: 'serving/bentoml_serve.py' },
  { ...predict, name: 'LitServe', script: 'serving/litserve_serve.py' },
]

/** Not one of those that the bars name: each of its processes takes a core. */
export const twoWorkers: Peer = {
  ...predict,
  name: 'FastAPI, ONNX Runtime, 2 processes',
  script: 'serving/fastapi_onnx.py',
  parameters: ['2'],
}

export const triton: Peer = {
  name: 'Triton',
  script: 'serving/triton_serve.py',
  requirements: 'serving-requirements-triton.txt',
  path: '/v2/models/digits/infer',
  form: 'binary',
}

const startLimitMs = 180_000
const stopLimitMs = 10_000

/**
 * Starts a peer, which reads the exported network in `folder`.
 *
 * @throws Error with what it wrote when it ends, or does not listen within three minutes
 */
export async function startPeer(
  peer: Peer,
  { folder, port }: { folder: string; port: number },
): Promise<Server> {
  const { name, script, requirements, parameters = [], path, form } = peer
  const child = spawn(
    await interpreter(requirements),
    [peerScript(script), folder, String(port), ...parameters],
    {
      stdio: ['ignore', 'pipe', 'pipe'],
      // A group of its own, with all that it starts.
      detached: true,
    },
  )
  const exited = once(child, 'exit')
  let written = ''
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (text) => {
      written = `${written}${text}`.slice(-4_000)
    })
  }
  const signal = (what: NodeJS.Signals): void => {
    try {
      process.kill(-(child.pid as number), what)
    } catch {
      // It has ended.
    }
  }
  const stopNow = () => signal('SIGKILL')
  process.once('exit', stopNow)
  const server: Server = {
    name,
    url: `http://127.0.0.1:${port}${path}`,
    form,
    predicts: true,
    pause: () => signal('SIGSTOP'),
    resume: () => signal('SIGCONT'),
    async stop() {
      process.removeListener('exit', stopNow)
      signal('SIGCONT')
      // BentoML ends the process of its model itself, which is in another group.
      signal('SIGTERM')
      const killer = setTimeout(stopNow, stopLimitMs)
      await exited
      clearTimeout(killer)
      stopNow()
    },
  }
  const deadline = performance.now() + startLimitMs
  while (!(await listens(port, form))) {
    if (child.exitCode === null && performance.now() < deadline) {
      await new Promise((resolve) => setTimeout(resolve, 300))
      continue
    }
    await server.stop()
    throw new Error(`${name} does not serve:\n${written}`)
  }
  return server
}

/** Triton listens before its model is there. */
const listens = (port: number, form: BodyForm): Promise<boolean> =>
  fetch(`http://127.0.0.1:${port}${form === 'binary' ? '/v2/models/digits/ready' : '/'}`).then(
    ({ ok }) => ok || form !== 'binary',
    () => false,
  )
