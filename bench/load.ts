import { Agent, request } from 'node:http'

export interface Load {
  readonly perSecond: number
  readonly p50Ms: number
  readonly p99Ms: number
}

/** Closed loop: each client sends its next request when the one before is answered, over a kept connection. */
export async function measureRequests(options: {
  url: string
  bodies: readonly string[]
  clients: number
  requests: number
}): Promise<Load> {
  const { url, bodies, clients, requests } = options
  const agent = new Agent({ keepAlive: true, maxSockets: clients })
  const latencies: number[] = []
  let sent = 0
  const client = async (): Promise<void> => {
    while (sent < requests) {
      const body = bodies[sent++ % bodies.length] as string
      const start = performance.now()
      await post(url, body, agent)
      latencies.push(performance.now() - start)
    }
  }
  const start = performance.now()
  await Promise.all(Array.from({ length: clients }, client))
  const perSecond = (latencies.length * 1000) / (performance.now() - start)
  agent.destroy()
  latencies.sort((a, b) => a - b)
  const quantile = (share: number): number =>
    latencies[Math.floor(share * (latencies.length - 1))] ?? Number.NaN
  return { perSecond, p50Ms: quantile(0.5), p99Ms: quantile(0.99) }
}

function post(url: string, body: string, agent: Agent): Promise<void> {
  return new Promise((resolve, reject) => {
    const headers = { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) }
    const sending = request(url, { method: 'POST', agent, headers }, (response) => {
      response.resume()
      response.on('error', reject)
      response.on('end', () =>
        response.statusCode === 200 ? resolve() : reject(new Error(`${url} answered ${response.statusCode}`)),
      )
    })
    sending.on('error', reject)
    sending.end(body)
  })
}
