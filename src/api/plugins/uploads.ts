import fp from 'fastify-plugin'
import { UPLOADS_CHANNEL } from '../../registry/upload-claims.js'
import { Followers } from '../followers.js'

declare module 'fastify' {
  interface FastifyInstance {
    /** Woken by an upload's id when a request that completes it has ended. */
    readonly uploadFollowers: Followers
  }
}

export default fp(
  async (app) => {
    const followers = new Followers()
    const stopListening = await app.database.listen(UPLOADS_CHANNEL, (id) => followers.wake(id))
    app.decorate('uploadFollowers', followers)
    app.addHook('preClose', async () => followers.close())
    app.addHook('onClose', () => stopListening())
  },
  { name: 'uploads', dependencies: ['database'] },
)
