import assert from 'node:assert/strict'
import { existsSync, readFileSync } from 'node:fs'
import { describe, it } from 'node:test'
import { Environment } from '../../src/config.js'
import { instructionsOf, parseDockerfile } from './dockerfile.js'

const read = (file: string): string => readFileSync(new URL(`../../../${file}`, import.meta.url), 'utf8')
const stages = parseDockerfile(read('docker/Dockerfile'))
const compose = read('docker-compose.yml')
const targets = [...compose.matchAll(/target: (\S+) }/g)].map(([, target = '']) => target)

describe('the images', () => {
  it('are those that the compose file builds', () => {
    assert.deepEqual(targets, ['api', 'worker', 'worker-gpu'])
    for (const target of targets) assert.ok(stages.some(({ name }) => name === target))
  })

  it('run a compiled entry file as an unprivileged user', () => {
    for (const target of targets) {
      const instructions = instructionsOf(stages, target)
      assert.equal(instructions.filter(({ name }) => name === 'USER').at(-1)?.rest, 'node')
      const command = JSON.parse(instructions.filter(({ name }) => name === 'CMD').at(-1)?.rest ?? '[]')
      assert.equal(command[0], 'node')
      assert.ok(existsSync(new URL(`../../../${command[1]}`, import.meta.url)), command[1])
    }
  })

  it('copy only what exists and .dockerignore lets through', () => {
    const allowed = [...read('.dockerignore').matchAll(/^!(.+)$/gm)].map(([, name]) => name)
    const copies = stages
      .flatMap(({ instructions }) => instructions)
      .filter(({ name, flags }) => name === 'COPY' && !flags.from)
    for (const source of copies.flatMap(({ rest }) => rest.split(' ').slice(0, -1))) {
      assert.ok(existsSync(new URL(`../../../${source}`, import.meta.url)), source)
      assert.ok(allowed.includes(source.split('/')[0]), source)
    }
  })

  it('know every variable that the compose file and they themselves set', () => {
    const set = [...compose.matchAll(/^ {6}(FLYWHEEL_\w+|DATABASE_URL|REDIS_URL):/gm)].map(
      ([, name = '']) => name,
    )
    const inImages = stages
      .flatMap(({ instructions }) => instructions)
      .filter(({ name }) => name === 'ENV')
      .flatMap(({ rest }) => [...rest.matchAll(/\b(HOST|FLYWHEEL_\w+)=/g)].map(([, name = '']) => name))
    for (const name of [...set, ...inImages]) assert.ok(name in Environment.properties, name)
    assert.ok(set.length >= 4 && inImages.length >= 4)
  })
})
