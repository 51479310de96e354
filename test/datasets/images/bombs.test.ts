import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { deflateRawSync, gzipSync } from 'node:zlib'
import { refusal } from '../reading.js'
import { type Files, grey, tarOf, zipOf } from './archives.js'

const WITHIN_MS = 1000

/** What has been computed so far: unlike the clock it does not tell how busy the machine is. */
function computedMs(): number {
  const { user, system } = process.cpuUsage()
  return (user + system) / 1000
}

const one = await grey(10)

/** What is refused, and that it takes less than a second. */
async function refusedSoon(content: Buffer): Promise<string> {
  const started = computedMs()
  const { code, message } = await refusal(content)
  const took = computedMs() - started
  assert.match(code, /^dataset-(rows-)?invalid$/)
  assert.ok(took < WITHIN_MS, `${message}: took ${took} ms`)
  return message
}

/** A zip with one file's bytes, deflated, that says what is told of them. */
function deflatedZip(name: string, bytes: Buffer, says: { sizeBytes: number }, entries = 1): Buffer {
  const packed = deflateRawSync(bytes)
  const stored = zipOf([[name, packed]])
  const change = (at: number) => {
    stored.writeUInt16LE(8, at + 6 - 2) // deflated
    stored.writeUInt32LE(says.sizeBytes, at + 18)
  }
  change(4)
  const directory = stored.indexOf('PK\x01\x02')
  change(directory + 6)
  const entry = stored.subarray(directory, stored.length - 22)
  const end = Buffer.from(stored.subarray(stored.length - 22))
  end.writeUInt16LE(entries, 8)
  end.writeUInt16LE(entries, 10)
  end.writeUInt32LE(entry.length * entries, 12)
  const names = Array.from({ length: entries }, (_, n) => {
    const copy = Buffer.from(entry)
    copy.write(String(n).padStart(name.length, '0'), 46)
    return copy
  })
  return Buffer.concat([stored.subarray(0, directory), ...names, end])
}

describe('is refused within a second:', () => {
  test('a file that expands to more than 64 MiB', async () => {
    const sizeBytes = 200 * 1024 ** 2
    const bomb = deflatedZip('0000.png', Buffer.alloc(sizeBytes), { sizeBytes })
    assert.match(await refusedSoon(bomb), /expands to 209715200 bytes/)
  })

  test('an archive that expands a thousandfold', async () => {
    const sizeBytes = 30 * 1024 ** 2
    const bomb = deflatedZip('0000.png', Buffer.alloc(sizeBytes), { sizeBytes }, 100)
    assert.match(await refusedSoon(bomb), /expands to more than|overlap/)
  })

  test('an archive whose entries share their bytes', async () => {
    const noise = Buffer.from(Array.from({ length: 5000 }, (_, at) => Math.imul(at, 2654435761) >>> 24))
    const shared = deflatedZip('0000.png', noise, { sizeBytes: 5000 }, 1000)
    assert.match(await refusedSoon(shared), /overlap/)
  })

  test('a file that expands to more than it says', async () => {
    const sizeBytes = 50 * 1024 ** 2
    const message = await refusedSoon(deflatedZip('0000.png', Buffer.alloc(sizeBytes), { sizeBytes: 1000 }))
    assert.match(message, /1 of 1 images could not be read/)
  })

  test('a million entries of a zip', async () => {
    const name = '0000000.png'
    const many = deflatedZip(name, one, { sizeBytes: one.length }, 65_000)
    const big = Buffer.concat([many, Buffer.alloc(0)])
    assert.match(await refusedSoon(big), /overlap/)
    const directory = Buffer.alloc(1_000_000 * 57)
    const entry = zipOf([[name, Buffer.alloc(0)]])
    const central = entry.subarray(entry.indexOf('PK\x01\x02'), entry.length - 22)
    for (let at = 0; at < 1_000_000; at++) central.copy(directory, at * central.length)
    assert.match(await refusedSoon(withZip64End(directory, 1_000_000)), /more than 100000 entries/)
  })

  test('a hundred thousand and one entries of a tar', async () => {
    const header = tarOf([['0000000', '']]).subarray(0, 512)
    const headers = Array.from({ length: 100_001 }, (_, n) => {
      const copy = Buffer.from(header)
      copy.write(String(n).padStart(7, '0'), 0)
      copy.write('        ', 148)
      const sum = copy.reduce((total, byte) => total + byte, 0)
      copy.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148)
      return copy
    })
    const started = computedMs()
    const { message } = await refusal(Buffer.concat([...headers, Buffer.alloc(1024)]))
    assert.match(message, /more than 100000 entries/)
    assert.ok(computedMs() - started < WITHIN_MS, `${computedMs() - started} ms`)
  })

  test('a gigabyte of zeros in a compressed tar', async () => {
    const start = tarOf([['a/b.png', one]]).subarray(0, 1024)
    const header = Buffer.from(start.subarray(0, 512))
    header.write('07777777777\0', 124)
    header.write('        ', 148)
    const sum = header.reduce((total, byte) => total + byte, 0)
    header.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148)
    const zeros = gzipSync(Buffer.alloc(64 * 1024 ** 2))
    const bomb = Buffer.concat([gzipSync(header), ...Array.from({ length: 16 }, () => zeros)])
    assert.match(await refusedSoon(bomb), /expands to/)
  })

  test('images of a billion pixels', async () => {
    const png = Buffer.from(one)
    png.writeUInt32BE(60_000, 16)
    png.writeUInt32BE(60_000, 20)
    const gif = Buffer.from('GIF89a\xff\xff\xff\xff\0\0\0', 'latin1')
    const files: Files = [
      ['a/huge.png', png],
      ['a/huge.gif', gif],
    ]
    const started = computedMs()
    const { errors } = await refusal(zipOf(files))
    assert.ok(computedMs() - started < WITHIN_MS)
    assert.deepEqual(
      errors.map(({ received }) => received),
      ['60000×60000 pixels', '65535×65535 pixels'],
    )
  })
})

/** The end of a ZIP64 archive (APPNOTE 4.3.14 to 4.3.16) whose directory starts at 0. */
function withZip64End(directory: Buffer, entries: number): Buffer {
  const end64 = Buffer.alloc(56)
  end64.write('PK\x06\x06', 'latin1')
  end64.writeBigUInt64LE(44n, 4)
  end64.writeBigUInt64LE(BigInt(entries), 24)
  end64.writeBigUInt64LE(BigInt(entries), 32)
  end64.writeBigUInt64LE(BigInt(directory.length), 40)
  end64.writeBigUInt64LE(0n, 48)
  const locator = Buffer.alloc(20)
  locator.write('PK\x06\x07', 'latin1')
  locator.writeBigUInt64LE(BigInt(directory.length), 8)
  locator.writeUInt32LE(1, 16)
  const end = Buffer.alloc(22, 0xff)
  end.write('PK\x05\x06', 'latin1')
  end.writeUInt32LE(0, 4)
  end.writeUInt16LE(0, 20)
  const start = Buffer.from('PK\x03\x04', 'latin1')
  directory.set(start, 0)
  return Buffer.concat([directory, end64, locator, end])
}
