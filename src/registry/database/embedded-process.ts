import { createEmbedded } from './embedded-client.js'

/** Makes the database in the folder that the command line names, and ends; also when the process that asked for it is gone. */
process.once('disconnect', () => process.exit(1))
await createEmbedded(process.argv[2] as string)
process.exit(0)
