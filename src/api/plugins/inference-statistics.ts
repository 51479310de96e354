import fp from 'fastify-plugin'
import { InferenceStatistics } from '../../serving/inference-statistics.js'

declare module 'fastify' {
  interface FastifyInstance {
    /** What each version has answered since this api began. */
    readonly inferenceStatistics: InferenceStatistics
  }
}

export default fp(async (app) => void app.decorate('inferenceStatistics', new InferenceStatistics()), {
  name: 'inference-statistics',
})
