import { type Static, Type } from 'typebox'

const closed = { additionalProperties: false }
const Figure = Type.Union([Type.Number(), Type.Null()])

const Pair = (description: string) =>
  Type.Object(
    {
      parent: Type.Number(),
      child: Type.Number(),
      times: Type.Number({ description: 'How many times as much the parent takes' }),
    },
    { ...closed, description },
  )

const Times = Type.Object({ p50Ms: Type.Number(), p99Ms: Type.Number() }, closed)

const Latency = Type.Array(
  Type.Object(
    {
      rows: Type.Integer({ description: 'Of a request' }),
      runs: Type.Integer({ description: 'Of each, in turns' }),
      parent: Times,
      child: Times,
      speedup: Type.Number({ description: 'The parent’s median through the child’s' }),
    },
    closed,
  ),
  { description: 'What the network takes, transforms left out, measured in turns on the job’s machine' },
)
export type Latency = Static<typeof Latency>

const Metric = Type.Object(
  {
    parent: Figure,
    child: Figure,
    pValue: Type.Union([Type.Number(), Type.Null()], {
      description:
        'How probable so large a difference is, were both equally good: a randomisation test on the rows in pairs',
    }),
  },
  closed,
)

/** A compressed version and its parent side by side. */
export const Compression = Type.Object(
  {
    method: Type.String(),
    options: Type.Record(Type.String(), Type.Unknown()),
    parent: Type.String({ description: 'model@version' }),
    details: Type.Record(Type.String(), Type.Unknown(), { description: 'What the method says of its work' }),
    sizeBytes: Pair('All files of the version but its report: manifest, weights, optimizer state, ONNX form'),
    servedBytes: Pair('The file that a predictor loads: the ONNX form, or the weights where there is none'),
    memoryBytes: Pair(
      'What a fresh process grows by that holds the version as a predictor on a CPU does, once it has answered requests of 1 and 32 rows',
    ),
    latency: Latency,
    rows: Type.Integer({ description: 'Test rows that both have answered' }),
    metrics: Type.Record(Type.String(), Metric, { description: 'On those rows' }),
    comparison: Type.Record(Type.String(), Type.Unknown(), {
      description: 'Whether the answers differ by more than chance: a test on the rows in pairs',
    }),
    accept: Type.Union(
      [
        Type.Object(
          {
            maxDrop: Type.Number(),
            minSpeedup: Figure,
            accepted: Type.Boolean(),
            reasons: Type.Array(Type.String(), { description: 'What holds, or why it was refused' }),
          },
          closed,
        ),
        Type.Null(),
      ],
      { description: 'Null where the job did not ask for it' },
    ),
  },
  { ...closed, description: 'A compressed version beside the one that it was made from' },
)
export type Compression = Static<typeof Compression>
