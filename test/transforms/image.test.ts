import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import sharp from 'sharp'
import type { BytesColumn } from '../../src/contracts/table.js'
import { UnusableValue } from '../../src/contracts/transform.js'
import { parse } from '../../src/contracts/validation.js'
import image from '../../src/transforms/image.js'
import { coloured, grey } from '../datasets/images/archives.js'

const column = (...values: (Uint8Array | null)[]): BytesColumn => ({ kind: 'bytes', name: 'photo', values })

/** What becomes of images by a transform that was fitted on them. */
async function transformed(given: object, ...files: (Uint8Array | null)[]) {
  const options = parse(image.options, given) as Parameters<typeof image.fit>[1]
  const state = await image.fit([column(...files)], options)
  const [made] = await image.apply([column(...files)], JSON.parse(JSON.stringify(state)), options)
  if (made === undefined) throw new Error('nothing was made')
  return made
}

const pixels = (data: readonly number[], width: number, channels: 1 | 3 | 4 = 1) =>
  sharp(Buffer.from(data), { raw: { width, height: data.length / width / channels, channels } })

test('grey images of one size keep their pixels, divided by 255', async () => {
  const data = [0, 51, 102, 153, 204, 255]
  const file = await pixels(data, 3).toColourspace('b-w').png().toBuffer()
  const { shape, values, rowKind } = await transformed({}, file, file)
  assert.deepEqual([rowKind, shape], ['image', [2, 3, 1]])
  const expected = data.map((value) => Math.fround(value / 255))
  assert.deepEqual([...values], [...expected, ...expected])
})

test('coloured images have three channels, where one is coloured all of them', async () => {
  const red = await coloured({ r: 255, g: 0, b: 51 }, { width: 1, height: 2 })
  const { shape, values } = await transformed({}, red, red, await grey(102, { width: 1, height: 2 }))
  assert.deepEqual(shape, [2, 1, 3])
  assert.deepEqual([...values.subarray(0, 3)], [1, 0, Math.fround(0.2)])
  assert.deepEqual([...values.subarray(12, 15)], [0.4, 0.4, 0.4].map(Math.fround))
  const asGrey = await transformed({ channels: 'grey' }, red)
  assert.deepEqual(asGrey.shape, [2, 1, 1])
  assert.deepEqual((await transformed({ channels: 'rgb' }, await grey(1))).shape, [5, 6, 3])
})

describe('the size', () => {
  test('is the most frequent one of the training images, up to 64 pixels', async () => {
    const files = await Promise.all([grey(1, { width: 7 }), grey(2), grey(3), grey(4, { width: 900 })])
    assert.deepEqual((await transformed({}, ...files)).shape, [5, 6, 1])
    const large = await Promise.all([grey(1, { width: 65 }), grey(2, { width: 65 }), grey(3)])
    assert.deepEqual((await transformed({}, ...large)).shape, [64, 64, 1])
  })

  test('is as the options say, and the image is cut, framed or stretched', async () => {
    const data = [0, 0, 255, 255, 255, 255, 0, 0] // 8×1: dark, light, dark
    const file = await pixels(data, 8).toColourspace('b-w').png().toBuffer()
    const rows = async (fit: string) => (await transformed({ width: 2, height: 2, fit }, file)).values
    assert.ok(
      (await rows('cover')).every((value) => value > 0.9),
      'the light middle',
    )
    const [framed, stretched] = [await rows('contain'), await rows('fill')]
    assert.ok(framed.includes(0), 'black above or below')
    assert.ok(
      stretched.every((value) => value > 0.3 && value < 0.7),
      `${stretched}: halves of both`,
    )
  })

  test('can be that of the middle', async () => {
    const data = Array.from({ length: 64 }, (_, at) => {
      const [x, y] = [at % 8, Math.floor(at / 8)]
      return x >= 2 && x < 6 && y >= 2 && y < 6 ? 200 : 0
    })
    const file = await pixels(data, 8).toColourspace('b-w').png().toBuffer()
    const { values } = await transformed({ width: 4, height: 4, crop: 0.5, divideBy: 1 }, file)
    assert.deepEqual([...values], new Array(16).fill(200))
  })
})

test('an image is turned as its EXIF orientation says', async () => {
  const data = [255, 255, 255, 255, 0, 0, 0, 0] // 4×2: light above dark
  const upright = pixels(data, 4).toColourspace('srgb').jpeg({ quality: 100 })
  const turned = await upright.withMetadata({ orientation: 6 }).toBuffer() // to be turned by 90° clockwise
  const { values } = await transformed({ width: 2, height: 4, channels: 'grey' }, turned)
  const [left, right] = [0, 1].map((side) => [0, 1, 2, 3].map((row) => values[row * 2 + side] ?? 0))
  assert.ok(
    left?.every((value) => value < 0.1),
    `${left}`,
  )
  assert.ok(
    right?.every((value) => value > 0.9),
    `${right}`,
  )
})

test('transparent parts are white, and 16 bits become 8', async () => {
  const clear = await pixels([0, 0, 0, 0, 255, 0, 0, 255], 2, 4).png().toBuffer()
  const { values } = await transformed({ channels: 'rgb' }, clear)
  assert.deepEqual([...values], [1, 1, 1, 1, 0, 0])
  const deep = await pixels([0, 51, 204, 255], 2)
    .toColourspace('grey16')
    .png({ bitdepth: 16 } as object)
    .toBuffer()
  const shown = (await transformed({ channels: 'grey' }, deep)).values
  assert.ok(
    [0, 0.2, 0.8, 1].every((value, at) => Math.abs(value - (shown[at] as number)) < 0.01),
    `${shown}`,
  )
})

test('channels are normalised by what the training images hold', async () => {
  const data = [10, 20, 30, 40, 50, 60]
  const file = await pixels(data, 3).toColourspace('b-w').png().toBuffer()
  const { values } = await transformed({ normalise: 'standard' }, file, file)
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length
  const variance = values.reduce((sum, value) => sum + value * value, 0) / values.length
  assert.ok(Math.abs(mean) < 1e-6 && Math.abs(variance - 1) < 1e-6, `${mean}, ${variance}`)
})

test('a missing image has no value, and a damaged one is named', async () => {
  const whole = await grey(7)
  const { values } = await transformed({}, null, whole)
  assert.ok(values.subarray(0, 30).every(Number.isNaN))
  assert.ok(values.subarray(30).every((value) => value === Math.fround(7 / 255)))
  const cut = whole.subarray(0, whole.length - 20)
  const options = parse(image.options, {}) as Parameters<typeof image.fit>[1]
  const state = await image.fit([column(whole)], options)
  await assert.rejects(
    async () => image.apply([column(whole, cut)], state, options),
    (error: unknown) => error instanceof UnusableValue && error.row === 1 && error.column === 'photo',
  )
})
