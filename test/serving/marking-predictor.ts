import { setImmediate as nextTurn, setTimeout as sleep } from 'node:timers/promises'
import { FlywheelError } from '../../src/contracts/errors.js'
import { frameLimitBytes } from '../../src/serving/frames.js'
import type { PredictorOptions } from '../../src/serving/messages.js'
import { servePredictor } from '../../src/serving/predictor/serve.js'
import type { ServedModel } from '../../src/serving/predictor/served-model.js'
import { answeredLines } from '../support/answered-lines.js'

// A predictor process whose versions answer each row with the version and the row's own number.
// −1 ends the process, −2 is never answered, −3 is refused, −4 takes 300 ms, each −5 takes 10 ms, −6 has an answer that
// no frame holds.
const load = async (sha256: string): Promise<ServedModel> => {
  if (sha256.startsWith('ff')) throw new FlywheelError('artifact-damaged', `${sha256} is damaged`)
  return {
    executor: { name: 'onnx', reason: 'it marks' },
    answer: async (batches) => {
      const marks = batches.flatMap((batch) => [...batch.numbers])
      if (marks.includes(-1)) process.kill(process.pid, 'SIGKILL')
      if (marks.includes(-2)) await new Promise(() => {})
      if (marks.includes(-3)) throw new FlywheelError('instances-invalid', 'row 1 can not be used')
      if (marks.includes(-4)) await sleep(300)
      if (marks.includes(-5)) await sleep(10 * marks.filter((mark) => mark === -5).length)
      if (marks.includes(-6)) return answeredLines(['x'.repeat(frameLimitBytes)])
      await nextTurn()
      return answeredLines(
        marks.map((mark) => JSON.stringify({ mark, of: sha256.slice(0, 2), pid: process.pid })),
      )
    },
    dispose: () => {},
  }
}

const options = JSON.parse(process.argv[2] as string) as PredictorOptions
await servePredictor({
  socket: options.socket,
  load,
  tensorflow: () => null,
})
process.exit(0)
