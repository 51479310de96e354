// Plays the whole loop with hand-written digits: collect, train, evaluate, predict, feedback, update.
import type { Client, Job } from './client.js'
import { type Digit, readDigits, toCsv, toInstance } from './digits.js'
import { findOrStartService } from './service.js'
import { confusionMatrix, drawDigits, heading, print, progressBar } from './terminal.js'

const name = 'demo-digits'
const trainingRows = 8_000
const shownRows = 5
const feedbackRows = 1_000

interface Answer {
  readonly predictions: readonly {
    readonly id?: string
    readonly label: number
    readonly probabilities: Record<string, number>
  }[]
}

async function collect(client: Client, digits: readonly Digit[]): Promise<void> {
  heading(`1. Collect: upload ${trainingRows} digits as CSV`)
  const csv = toCsv(digits)
  const dataset = await client.post<{ version: number; rows: number }>(
    `/v1/datasets?name=${name}`,
    csv,
    'text/csv',
  )
  print(
    `  ${name}@${dataset.version}: ${dataset.rows} rows, ${(csv.length / 1e6).toFixed(1)} MB, 785 columns`,
  )
}

async function train(client: Client): Promise<number> {
  heading('2. Train: 784–64–64–10, Adam, 10 epochs')
  const bar = progressBar()
  const { result } = await client.runJob(
    {
      type: 'train',
      model: name,
      dataset: name,
      target: 'label',
      transforms: [{ name: 'scale', columns: 'p*', options: { divideBy: 255 } }],
      family: 'mlp',
      hyperparameters: { hiddenUnits: [64, 64], activation: 'relu' },
      training: { epochs: 10, batchSize: 32, optimizer: { name: 'adam', learningRate: 0.001 }, seed: 42 },
      deploy: { alias: 'champion', when: 'always' },
    },
    ({ kind, data }) => {
      if (kind !== 'progress') return
      const { step, steps, epoch, metrics } = data as {
        step: number
        steps: number
        epoch: number
        metrics: Record<string, number>
      }
      bar(step / steps, `epoch ${epoch}, loss ${metrics.loss?.toFixed(3) ?? '–'}`)
    },
  )
  bar(1, 'done')
  return (result as { version: number }).version
}

interface Report {
  readonly evaluation: {
    readonly rows: number
    readonly metrics: Record<string, number | null>
    readonly baseline: { readonly metrics: Record<string, number | null> }
    readonly details: {
      readonly confusionMatrix: {
        readonly classes: readonly unknown[]
        readonly rowsAreTrueClasses: readonly (readonly number[])[]
      }
    }
  }
}

async function evaluate(client: Client, version: number): Promise<void> {
  const { evaluation } = await client.get<Report>(`/v1/models/${name}/versions/${version}/report`)
  heading(`3. Evaluate: version ${version} on ${evaluation.rows} rows that it has not seen`)
  for (const [metric, value] of Object.entries(evaluation.metrics)) {
    const baseline = evaluation.baseline.metrics[metric]
    print(
      `  ${metric.padEnd(20)} ${value?.toFixed(4) ?? '–'}   (trivial predictor: ${baseline?.toFixed(4) ?? '–'})`,
    )
  }
  const { classes, rowsAreTrueClasses } = evaluation.details.confusionMatrix
  print(`\n${confusionMatrix(classes, rowsAreTrueClasses)}`)
}

async function predict(client: Client, digits: readonly Digit[]): Promise<void> {
  heading('4. Predict: digits that nobody has shown it')
  const { predictions } = await client.post<Answer>(`/v1/models/${name}/predict`, {
    instances: digits.map(toInstance),
  })
  print(drawDigits(digits))
  const captions = predictions.map(
    ({ label, probabilities }) => `a ${label}, ${((probabilities[label] ?? 0) * 100).toFixed(1)} % sure`,
  )
  print(captions.map((caption) => caption.padEnd(30)).join(''))
}

async function sendFeedback(client: Client, digits: readonly Digit[]): Promise<void> {
  heading(`5. Feedback: the true labels of ${digits.length} predictions`)
  let wrong = 0
  for (let start = 0; start < digits.length; start += 200) {
    const block = digits.slice(start, start + 200)
    const { predictions } = await client.post<Answer>(`/v1/models/${name}/predict`, {
      instances: block.map(toInstance),
    })
    wrong += predictions.filter((prediction, i) => prediction.label !== block[i]?.label).length
    const labels = predictions.map(({ id }, i) => ({ predictionId: id, label: block[i]?.label }))
    await client.post(`/v1/models/${name}/feedback`, labels)
  }
  print(`  ${digits.length} labels sent; the model was wrong on ${wrong} of them`)
}

async function update(client: Client): Promise<void> {
  heading('6. Iterate: update the model with the feedback, behind the gate')
  const { result } = (await client.runJob({ type: 'update', model: name })) as Job & {
    result: { decision: string; reason: string }
  }
  print(`  ${result.decision}: ${result.reason}`)
}

const { client, close } = await findOrStartService()
try {
  print(`Flywheel at ${client.url}, its API at ${client.url}/docs`)
  const digits = await readDigits()
  await collect(client, digits.slice(0, trainingRows))
  const version = await train(client)
  await evaluate(client, version)
  await predict(client, digits.slice(trainingRows, trainingRows + shownRows))
  await sendFeedback(client, digits.slice(trainingRows + shownRows, trainingRows + shownRows + feedbackRows))
  await update(client)
} finally {
  await close()
}
