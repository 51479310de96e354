import plugin from 'fastify-plugin'
import { type ArtifactStore, openArtifactStore } from '../../registry/artifacts.js'

declare module 'fastify' {
  interface FastifyInstance {
    readonly artifacts: ArtifactStore
  }
}

/** Opens the folder of blobs, results and checkpoints. */
export default plugin(
  async (app) => {
    app.decorate('artifacts', await openArtifactStore(app.config.artifactsFolder))
  },
  { name: 'artifacts' },
)
