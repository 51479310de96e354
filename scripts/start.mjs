import { ensure } from './ensure.mjs'

await ensure()
await import('../dist/src/start.js')
