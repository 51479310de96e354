import { createHash } from 'node:crypto'
import type { FastifyReply, FastifyRequest, RouteOptions } from 'fastify'
import fp from 'fastify-plugin'
import { Type } from 'typebox'
import { FlywheelError } from '../../contracts/errors.js'
import {
  type Claim,
  claimKey,
  freeKey,
  holdKey,
  IDEMPOTENCY_CHANNEL,
  type KeptAnswer,
  keepAnswer,
} from '../../registry/idempotency.js'
import { Followers } from '../followers.js'

declare module 'fastify' {
  interface FastifyContextConfig {
    /** False for routes whose answer must not be kept. All others that can answer 201 or 202 to a POST take the header. */
    isIdempotent?: boolean
  }
  interface FastifyRequest {
    /** With an Idempotency-Key, the same for each try: the id of what the request makes. */
    creationId: string | undefined
    /** The claimed key, until the answer is kept. */
    idempotencyKey: string | undefined
    /**
     * For a body that the handler has taken in as a stream: claims the Idempotency-Key by what was received.
     *
     * @param content what the request stands for, its files by their hashes
     * @returns whether the first answer has been sent, and nothing is left to do
     * @throws FlywheelError idempotency-key-reused when the key stands for other content
     */
    isAnsweredBefore(reply: FastifyReply, content: unknown): Promise<boolean>
  }
}

const Header = Type.Object({
  'idempotency-key': Type.Optional(
    Type.String({
      minLength: 1,
      maxLength: 200,
      pattern: '^[ -~]+$',
      description:
        'Any text of yours: for 24 hours the same key with the same request gets the same answer, and nothing is made twice',
    }),
  ),
})
const HOLD_MS = 5_000
const WAIT_MS = 30_000
const POLL_MS = 1_000

/** Gives the first answer to every repetition of a POST that creates something. */
export default fp(
  async (app) => {
    const { db } = app.database
    const followers = new Followers()
    const held = new Set<string>()
    const stopListening = await app.database.listen(IDEMPOTENCY_CHANNEL, (key) => followers.wake(key))
    const timer = setInterval(() => {
      for (const key of held)
        holdKey(db, key).catch((err) => app.log.warn({ err }, 'a key could not be held'))
    }, HOLD_MS).unref()
    app.decorateRequest('creationId', undefined)
    app.decorateRequest('idempotencyKey', undefined)
    app.addHook('preClose', async () => followers.close())
    app.addHook('onClose', async () => {
      clearInterval(timer)
      await stopListening()
    })

    app.addHook('onRoute', (route) => {
      if (!isCreating(route)) return
      route.schema = { ...route.schema, headers: route.schema?.headers ?? Header }
      const before = [route.preHandler ?? []].flat()
      route.preHandler = [...before, claimByBody]
      const sending = [route.onSend ?? []].flat()
      route.onSend = [...sending, keep]
    })

    async function claimByBody(request: FastifyRequest, reply: FastifyReply) {
      if (isStreamed(request)) return
      if (await claim(request, reply, request.body)) return reply
    }

    app.decorateRequest('isAnsweredBefore', async function (reply, content) {
      if (!isStreamed(this)) return false
      return claim(this, reply, content)
    })

    /** @returns whether the answer of the first request with this key was sent */
    async function claim(request: FastifyRequest, reply: FastifyReply, content: unknown): Promise<boolean> {
      const given = request.headers['idempotency-key']
      if (typeof given !== 'string') return false
      const key = sha256([request.keyHolder?.id ?? '', given])
      const claimed = await waitForTurn(key, sha256([request.method, request.url, content]))
      if (claimed.kind === 'answered') {
        replay(reply, claimed.answer)
        return true
      }
      if (claimed.kind === 'mine') {
        held.add(key)
        request.creationId = claimed.token
        request.idempotencyKey = key
        return false
      }
      if (claimed.kind === 'at-work') {
        throw new FlywheelError('conflict', 'The first request with this key is still at work', {
          remedy: 'Send it again later',
          retryAfterSeconds: 5,
        })
      }
      throw new FlywheelError('idempotency-key-reused', 'The key stands for another request')
    }

    async function waitForTurn(key: string, hash: string): Promise<Claim> {
      const follower = followers.follow(key)
      try {
        const deadline = Date.now() + WAIT_MS
        for (;;) {
          const claimed = await claimKey(db, { key, requestHash: hash })
          if (claimed.kind !== 'at-work' || Date.now() > deadline || followers.isClosed) return claimed
          await follower.next(POLL_MS)
        }
      } finally {
        follower.close()
      }
    }

    async function keep(request: FastifyRequest, reply: FastifyReply, payload: unknown) {
      const key = request.idempotencyKey
      if (key === undefined) return payload
      request.idempotencyKey = undefined
      held.delete(key)
      try {
        const isKept = reply.statusCode < 300 && typeof payload === 'string'
        if (isKept) await keepAnswer(db, key, { ...headOf(reply), body: payload })
        else await freeKey(db, key)
      } catch (err) {
        // What was made stays; a repetition finds it by its id once the lease is over.
        request.log.error({ err }, 'the answer could not be kept for repetitions')
      }
      return payload
    }
  },
  { name: 'idempotency', dependencies: ['database', 'access'] },
)

function isCreating({ method, schema, config }: RouteOptions): boolean {
  const statuses = Object.keys((schema?.response as object | undefined) ?? {})
  const creates = statuses.includes('201') || statuses.includes('202')
  return method === 'POST' && creates && config?.isIdempotent !== false
}

/** The handler takes the body in itself: it is a stream, or a form that nobody has read yet. */
const isStreamed = ({ body, headers }: FastifyRequest): boolean =>
  typeof (body as { pipe?: unknown } | null | undefined)?.pipe === 'function' ||
  (body === undefined && /^multipart\//i.test(headers['content-type'] ?? ''))

const sha256 = (value: unknown): string => createHash('sha256').update(JSON.stringify(value)).digest('hex')

function headOf(reply: FastifyReply): Omit<KeptAnswer, 'body'> {
  const names = ['content-type', 'location']
  const headers = names.flatMap((name) => {
    const value = reply.getHeader(name)
    return value === undefined ? [] : [[name, String(value)]]
  })
  return { status: reply.statusCode, headers: Object.fromEntries(headers) }
}

const replay = (reply: FastifyReply, { status, headers, body }: KeptAnswer): FastifyReply =>
  reply.code(status).headers(headers).header('idempotency-replayed', 'true').send(body)
