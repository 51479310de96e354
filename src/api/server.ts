import { pino } from 'pino'
import { readConfig } from '../config.js'
import { buildApp } from './app.js'

const config = readConfig()
const log = pino({ level: config.logLevel })
const app = await buildApp({ config, log })
await app.listen({ host: config.host, port: config.port })
