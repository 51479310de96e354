import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Tensor } from '@tensorflow/tfjs'
import type { FlywheelError } from '../../src/contracts/errors.js'
import { DataType } from '../../src/tensorflow/data-types.js'
import { GraphBuilder, type Output, rowsOf } from '../../src/tensorflow/graph/graph-builder.js'
import { addCompiledLoop, addLoop, bodyOf } from '../../src/tensorflow/graph/loop.js'
import { openSession } from '../../src/tensorflow/graph/session.js'
import { isUntraceable, openTraced, trace } from '../../src/tensorflow/graph/trace.js'
import { traceRows } from '../../src/tensorflow/graph/trace-rows.js'
import { nativeOf } from '../../src/tensorflow/native.js'
import { testTensorFlow } from '../support/tensorflow.js'

const { tf, liveHandles } = await testTensorFlow()
const float = (shape: number[], values: number[]) => ({ dtype: DataType.FLOAT, shape, values })

/** Traces a function of one vector [3]. */
function traced(run: (x: Tensor) => Tensor) {
  const graph = new GraphBuilder()
  const x = tf.zeros([3])
  const input = graph.placeholder('x', DataType.FLOAT, [3])
  try {
    const output = trace({
      tf,
      graph,
      inputs: [[x, input]],
      run: ({ outputOf }) => tf.tidy(() => outputOf(run(x))),
    })
    return { graph, output }
  } finally {
    x.dispose()
  }
}

test('a traced function computes what it computed, on other values', async () => {
  const handles = liveHandles()
  const { graph, output } = traced((x) => tf.relu(x.mul(2).sub(tf.tensor1d([1, 2, 3]))).reshape([3, 1]))
  const session = openSession({ tf, nodes: graph.nodes })
  const call = session.prepare({ name: 'test', feeds: ['x'], fetches: [output] })
  assert.deepEqual(call.run([float([3], [1, 2, 3])]), [Float32Array.of(1, 2, 3)])
  assert.deepEqual(await call.runAside([float([3], [0, 0, 9])]), [Float32Array.of(0, 0, 15)])
  session.dispose()
  assert.equal(liveHandles(), handles)
})

test('types that eager execution infers are written, equal constants shared, dead nodes left out', () => {
  const { graph, output } = traced((x) => {
    tf.exp(x)
    return x.add(7).expandDims(0).add(7)
  })
  const needed = graph.needed([output])
  assert.ok(graph.nodes.some(({ op }) => op === 'Exp') && !needed.some(({ op }) => op === 'Exp'))
  assert.ok(needed.every(({ op, attributes }) => op !== 'ExpandDims' || 'T' in attributes))
  assert.equal(needed.filter(({ op }) => op === 'Const').length, 2) // 7, and the axis
})

test('a tensor from outside is refused with the operation’s name, uploaded or not', () => {
  const outside = tf.tensor1d([1, 2, 3])
  const refused = (error: FlywheelError) => isUntraceable(error) && error.members.operation === 'Mul'
  assert.throws(() => traced((x) => x.mul(outside)), refused)
  tf.tidy(() => outside.square())
  assert.throws(() => traced((x) => x.mul(outside)), refused)
  assert.throws(
    () => traced((x) => x.mul(x.square().dataSync()[0] as number)),
    (error) => isUntraceable(error),
  )
  outside.dispose()
})

test('a recorded operation that would have another shape or type in the graph is refused by its name', () => {
  const handles = liveHandles()
  const refused = (error: FlywheelError) => isUntraceable(error) && error.members.operation === 'Relu'
  for (const [dtype, shape] of [
    [DataType.FLOAT, [4]],
    [DataType.INT64, [3]],
  ] as const) {
    const graph = new GraphBuilder()
    const x = tf.zeros([3])
    const inputs = [[x, graph.placeholder('x', dtype, shape)]] as const
    trace({ tf, graph, inputs, run: ({ outputOf }) => tf.tidy(() => outputOf(tf.relu(x).neg())) })
    assert.throws(() => openTraced(() => openSession({ tf, nodes: graph.nodes })), refused)
    x.dispose()
  }
  assert.equal(liveHandles(), handles)
})

test('sizes that follow the number of rows are computed, in shapes and in constants', () => {
  const graph = new GraphBuilder()
  const x = graph.placeholder('x', DataType.FLOAT, [-1, 4])
  const [output] = traceRows({
    tf,
    graph,
    rows: rowsOf(graph, x, DataType.FLOAT),
    inputs: [{ output: x, dtype: 'float32', shape: [4] }],
    bound: [],
    run(rows) {
      const [n] = (rows as Tensor).shape as [number]
      return [
        (rows as Tensor)
          .reshape([2 * n, 2])
          .add(tf.ones([2 * n, 1]))
          .reshape([n, 4]),
      ]
    },
  }) as [Output]
  const session = openSession({ tf, nodes: graph.nodes })
  const call = session.prepare({ name: 'test', feeds: [x], fetches: [output] })
  assert.deepEqual(call.run([float([1, 4], [1, 2, 3, 4])]), [Float32Array.of(2, 3, 4, 5)])
  assert.equal(call.run([float([9, 4], new Array(36).fill(0))])[0]?.length, 36)
  session.dispose()
})

for (const [name, add] of [
  ['lowered to the session', addLoop],
  ['compiled by XLA', addCompiledLoop],
] as const) {
  test(`a loop ${name} changes variables in order, as often as it is told`, async () => {
    const state = ['step', 'steps'].map((each) => ({ name: each, dtype: DataType.INT32, shape: [] }))
    const variables = [{ name: 'sum', dtype: DataType.FLOAT, shape: [] }]
    const int32 = { T: { type: DataType.INT32 } }
    const body = bodyOf(state, variables)
    const two = body.constant(DataType.FLOAT, [], [2])
    for (const op of ['Mul', 'AddV2']) {
      const next = body.node(op, [body.read('sum', DataType.FLOAT), two], { T: { type: DataType.FLOAT } })
      body.assign('sum', next, DataType.FLOAT)
    }
    const results = [body.node('AddV2', ['step', body.int(1), ...body.effects], int32), 'steps']
    const graph = new GraphBuilder()
    graph.variable('sum', DataType.FLOAT, [])
    const steps = graph.placeholder('steps', DataType.INT32, [])
    const loop = { name: 'loop', state, variables, body: body.nodes, results }
    const { node, functions } = add(graph, loop, [graph.int(0), steps])
    graph.node(
      'AssignVariableOp',
      ['sum', graph.constant(DataType.FLOAT, [], [1])],
      { dtype: { type: 1 } },
      'set',
    )
    const value = graph.read('sum', DataType.FLOAT)
    const session = openSession({ tf, nodes: graph.nodes, functions })
    session.prepare({ name: 'set', targets: ['set'] }).run([])
    const run = session.prepare({ name: 'loop', feeds: [steps], fetches: [`${node}:0`] })
    const turns = { dtype: DataType.INT32, shape: [], values: [3] }
    assert.deepEqual(await run.runAside([turns]), [Int32Array.of(3)])
    assert.deepEqual(session.prepare({ name: 'get', fetches: [value] }).run([]), [Float32Array.of(22)])
    session.dispose()
  })
}

test('what TensorFlow refuses is a typed error and leaves nothing behind', async () => {
  const handles = liveHandles()
  const graph = new GraphBuilder()
  const x = graph.placeholder('x', DataType.FLOAT, [3])
  const y = graph.placeholder('y', DataType.FLOAT, [-1])
  graph.node('AddV2', [x, y], { T: { type: DataType.FLOAT } }, 'sum')
  const failed = (error: FlywheelError) => error.code === 'tensorflow-failed' && !isUntraceable(error)
  assert.throws(() => openSession({ tf, nodes: graph.nodes.slice(1) }), failed)
  const session = openSession({ tf, nodes: graph.nodes })
  assert.throws(() => session.prepare({ name: 'test', fetches: ['nothing'] }), failed)
  const call = session.prepare({ name: 'test', feeds: [x, y], fetches: ['sum'] })
  const fed = [float([3], [1, 2, 3]), float([2], [1, 2])]
  assert.throws(() => call.run(fed), failed)
  await assert.rejects(call.runAside(fed), failed)
  session.dispose()
  assert.equal(liveHandles(), handles)
})

test('a run that fails midway frees what it was given, and the results that nobody reads', async (t) => {
  const { c } = nativeOf(tf)
  const graph = new GraphBuilder()
  for (const name of ['a', 'b']) graph.placeholder(name, DataType.FLOAT, [1])
  const unreadable = graph.node('Cast', ['a'], {
    SrcT: { type: DataType.FLOAT },
    DstT: { type: DataType.UINT64 },
  })
  const sum = graph.node('AddV2', ['a', 'b'], { T: { type: DataType.FLOAT } })
  const session = openSession({ tf, nodes: graph.nodes })
  const handles = liveHandles()
  const calls = (['TF_NewStatus', 'TF_DeleteStatus', 'TF_DeleteTensor'] as const).map((name) =>
    t.mock.method(c as Record<string, (...of: unknown[]) => unknown>, name),
  )
  const counts = () =>
    calls.map(({ mock }) => {
      const count = mock.callCount()
      mock.resetCalls()
      return count
    })
  const both = session.prepare({ name: 'test', feeds: ['a', 'b'], fetches: [sum, unreadable, sum] })
  const good = float([1], [1])
  const unwritable = { ...good, dtype: DataType.RESOURCE }
  assert.throws(() => both.run([good, unwritable]), /can not be written/)
  assert.deepEqual(counts(), [1, 1, 1])
  assert.throws(() => both.run([good, good]), /can not be read/)
  assert.deepEqual(counts(), [1, 1, 2 + 3])
  await assert.rejects(both.runAside([good, good]), /can not be read/)
  assert.deepEqual(counts(), [1, 1, 2 + 3])
  assert.equal(liveHandles(), handles)
  session.dispose()
  assert.ok(liveHandles() < handles, 'no run is underway')
})
