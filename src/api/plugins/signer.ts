import plugin from 'fastify-plugin'
import { openSigner, type Signer } from '../../registry/signing/signer.js'

declare module 'fastify' {
  interface FastifyInstance {
    /** The instance's key. */
    readonly signer: Signer
  }
}

/** Opens what versions are signed with. */
export default plugin(
  async (app) => {
    app.decorate('signer', await openSigner(app.database.db, { pem: app.config.signingKey }))
  },
  { name: 'signer', dependencies: ['database'] },
)
