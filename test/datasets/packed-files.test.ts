import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { gzipSync } from 'node:zlib'
import { zstd, zstdBomb } from '../support/zstd.js'
import { read, refusal, timedRefusal } from './reading.js'

const csv = Buffer.from('n,t\n1,x\n2,y\n')
const values = { n: [1, 2], t: ['x', 'y'] }

describe('a packed file', () => {
  const cases: readonly (readonly [what: string, file: Buffer])[] = [
    ['of gzip', gzipSync(csv)],
    ['of gzip in two members', Buffer.concat([gzipSync(csv.subarray(0, 5)), gzipSync(csv.subarray(5))])],
    ['of gzip that is padded with zeros', Buffer.concat([gzipSync(csv), Buffer.alloc(512)])],
    ['of zstd', zstd(csv)],
    ['of zstd in two frames', Buffer.concat([zstd(csv.subarray(0, 5)), zstd(csv.subarray(5))])],
    ['of gzip in zstd', zstd(gzipSync(csv))],
    ['of UTF-16', gzipSync(Buffer.from(`\ufeff${csv}`, 'utf16le'))],
    ['of NDJSON', gzipSync('{"n":1,"t":"x"}\n{"n":2,"t":"y"}')],
  ]
  for (const [what, file] of cases) {
    test(`${what} is read`, async () => assert.deepEqual((await read(file)).values, values))
  }

  test('of 20 MB of zstd is read whole', async () => {
    const text = Buffer.from(`n,t\n${'1,a line of some length\n'.repeat(800_000)}`)
    assert.equal((await read(zstd(text))).rows, 800_000)
  })
})

describe('a packed file is refused', () => {
  const packed = gzipSync(csv)
  const cut = Buffer.from(packed)
  cut.writeUInt32LE(1, packed.length - 8)
  const cases: readonly (readonly [what: string, file: Buffer, detail: RegExp])[] = [
    ['when gzip is cut off', packed.subarray(0, -9), /gzip file is damaged: unexpected end of file/],
    ['when its checksum is wrong', cut, /gzip file is damaged: incorrect data check/],
    [
      'when something else follows',
      Buffer.concat([packed, Buffer.from('more')]),
      /gzip file is damaged: incorrect header check/,
    ],
    [
      'when something else follows behind zeros',
      Buffer.concat([packed, Buffer.from('\u0000more')]),
      /damaged: what follows its byte \d+ is no gzip/,
    ],
    ['when zstd is cut off', zstd(csv).subarray(0, -3), /zstd file is damaged: Incomplete/],
    [
      'when a frame of zstd is damaged',
      Buffer.concat([zstd(csv), Buffer.from('more')]),
      /zstd file is damaged/,
    ],
    ['when it is packed over and over', gzipSync(gzipSync(gzipSync(packed))), /more than 3 times over/],
    ['when nothing is packed', gzipSync(''), /empty/],
    ['when a PDF is packed', gzipSync('%PDF-1.7\n%\xe2'), /a PDF, which is not read/],
  ]
  for (const [what, file, detail] of cases) {
    test(what, async () => {
      const error = await refusal(file)
      assert.equal(error.code, 'dataset-invalid')
      assert.match(error.message, detail)
    })
  }

  const bombs: readonly (readonly [what: string, file: Buffer])[] = [
    ['gzip', gzipSync(Buffer.alloc(300e6, 'a'))],
    ['zstd', zstdBomb(80_000)],
    ['gzip in gzip', gzipSync(gzipSync(Buffer.alloc(300e6, 'a')))],
    // As a whole it might expand to gigabytes.
    [
      'gzip, a large one',
      Buffer.concat(Array.from({ length: 200 }, () => gzipSync(Buffer.alloc(64e6, 'a')))),
    ],
    ['zstd, a large one', zstdBomb(800_000)],
  ]
  for (const [what, file] of bombs) {
    test(`within a second when it is a bomb of ${what}`, async () => {
      const { error, computedMs } = await timedRefusal(file)
      assert.match(error.message, /expands to more than 67108864 bytes; at most 200 times/)
      assert.ok(computedMs < 1000, `it took ${computedMs} ms`)
    })
  }
})
