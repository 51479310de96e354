import assert from 'node:assert/strict'
import { mkdtemp, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { ConfigError, readConfig } from '../src/config.js'
import { newSigningKey } from '../src/registry/signing/ed25519.js'

const refuses = (env: NodeJS.ProcessEnv, message: RegExp): void =>
  assert.throws(
    () => readConfig(env),
    (error) => {
      assert.ok(error instanceof ConfigError)
      assert.match(error.message, message)
      assert.ok(!error.message.includes('\n'))
      return true
    },
  )

describe('settings', () => {
  it('have defaults for an empty environment', () => {
    const config = readConfig({})
    assert.equal(config.host, '127.0.0.1')
    assert.equal(config.port, 8080)
    assert.equal(config.maxUploadBytes, 1_610_612_736)
    assert.match(config.dataFolder, /\/\.data$/)
    assert.equal(config.artifactsFolder, join(config.dataFolder, 'artifacts'))
    assert.equal(config.redisUrl, null)
  })

  it('take an empty variable for an absent one', () => {
    assert.equal(readConfig({ PORT: '', DATABASE_URL: '' }).port, 8080)
  })

  it('refuse a wrong value with the name of its variable', () => {
    refuses({ PORT: '80 80' }, /^PORT: expected a whole number .*received "80 80"$/)
    refuses({ PORT: '70000' }, /^PORT: .*at most 65535/)
    refuses({ PORT: '1e3' }, /^PORT: /)
    refuses({ FLYWHEEL_DEVICE: 'tpu' }, /^FLYWHEEL_DEVICE: expected one of auto, cpu, gpu, received "tpu"$/)
    refuses({ REDIS_URL: 'localhost:6379' }, /^REDIS_URL: /)
    refuses({ FLYWHEEL_LOG_LEVEL: 'loud' }, /^FLYWHEEL_LOG_LEVEL: expected one of fatal/)
  })

  it('do not repeat a key or a password that they refuse', () => {
    refuses(
      { FLYWHEEL_ADMIN_KEY: 'too-short' },
      /^FLYWHEEL_ADMIN_KEY: expected at least 32 characters, received another value$/,
    )
    refuses({ DATABASE_URL: 'mysql://a:secret@b/c' }, /^DATABASE_URL: (?!.*secret)/)
  })

  it('read the key that signs out of a file, and refuse another kind of key', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'flywheel-'))
    const write = async (name: string, pem: string) => {
      await writeFile(join(folder, name), pem)
      return join(folder, name)
    }
    const { privateKey } = newSigningKey()
    assert.equal(
      readConfig({ FLYWHEEL_SIGNING_KEY_FILE: await write('key', privateKey) }).signingKey,
      privateKey.trim(),
    )
    refuses(
      { FLYWHEEL_SIGNING_KEY_FILE: await write('other', 'no key') },
      /^FLYWHEEL_SIGNING_KEY_FILE: expected a private key of Ed25519 in PEM in .*other; make one with openssl/,
    )
    refuses({ FLYWHEEL_TRUSTED_KEYS: 'short' }, /^FLYWHEEL_TRUSTED_KEYS: expected the form .*another value$/)
  })

  it('read the admin key out of a file', async () => {
    const file = join(await mkdtemp(join(tmpdir(), 'flywheel-')), 'key')
    await writeFile(file, `${'k'.repeat(40)}\n`)
    assert.equal(readConfig({ FLYWHEEL_ADMIN_KEY_FILE: file }).adminKey, 'k'.repeat(40))
    refuses(
      { FLYWHEEL_ADMIN_KEY_FILE: '/nowhere' },
      /^FLYWHEEL_ADMIN_KEY_FILE: \/nowhere can not be read \(ENOENT\)$/,
    )
    refuses({ FLYWHEEL_ADMIN_KEY_FILE: file, FLYWHEEL_ADMIN_KEY: 'k'.repeat(40) }, /give one of them/)
  })
})
