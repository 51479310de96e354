import { buildApp } from '../../src/api/app.js'
import { defaultFolders } from '../../src/api/catalogue-folders.js'
import { readConfig } from '../../src/config.js'

/** An api with the fixtures' job types in a process of its own, for tests that kill it. It tells its URL. */
const folders = { ...defaultFolders, jobTypes: new URL('../fixtures/jobs/', import.meta.url) }
const app = await buildApp({ config: readConfig(), folders })
process.on('disconnect', () => process.exit(0))
process.send?.({ url: await app.listen({ host: '127.0.0.1', port: 0 }), isLeading: app.leader.isLeading() })
