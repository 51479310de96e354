/** A job as `GET /v1/jobs/{id}` shows it, as far as the demo reads it. */
export interface Job {
  readonly id: string
  readonly state: string
  readonly result: Readonly<Record<string, unknown>> | null
  readonly error: { readonly detail: string; readonly remedy: string } | null
}

export interface JobEvent {
  readonly kind: string
  readonly data: Readonly<Record<string, unknown>>
}

/** The service as an app would call it: JSON over HTTP, nothing else. */
export class Client {
  readonly url: string
  readonly #headers: Record<string, string>

  /** @param key an API key, where the service asks for one */
  constructor(url: string, key?: string) {
    this.url = url
    this.#headers = key === undefined ? {} : { authorization: `Bearer ${key}` }
  }

  async isReady(): Promise<boolean> {
    return fetch(new URL('/readyz', this.url)).then(
      (response) => response.ok,
      () => false,
    )
  }

  get<T>(path: string): Promise<T> {
    return this.#call<T>(path, { headers: this.#headers })
  }

  put<T>(path: string, body: unknown): Promise<T> {
    return this.#send<T>('PUT', path, body)
  }

  post<T>(path: string, body: unknown, contentType = 'application/json'): Promise<T> {
    return this.#send<T>('POST', path, body, contentType)
  }

  #send<T>(method: string, path: string, body: unknown, contentType = 'application/json'): Promise<T> {
    return this.#call<T>(path, {
      method,
      headers: { ...this.#headers, 'content-type': contentType },
      body: typeof body === 'string' ? body : JSON.stringify(body),
    })
  }

  async #call<T>(path: string, init: RequestInit): Promise<T> {
    const response = await fetch(new URL(path, this.url), init)
    const body = (await response.json()) as { detail?: string; remedy?: string }
    if (!response.ok) {
      throw new Error(
        `${init.method ?? 'GET'} ${path}: ${response.status} ${body.detail} ${body.remedy ?? ''}`,
      )
    }
    return body as T
  }

  /** Submits a job, hands over its live events, and gives the finished job. */
  async runJob(body: unknown, onEvent: (event: JobEvent) => void = () => {}): Promise<Job> {
    const { id } = await this.post<Job>('/v1/jobs', body)
    return this.follow(id, onEvent)
  }

  /** Waits for a job that was submitted. @throws Error when it does not succeed */
  async follow(id: string, onEvent: (event: JobEvent) => void = () => {}): Promise<Job> {
    for await (const event of this.#events(`/v1/jobs/${id}/events`)) onEvent(event)
    const job = await this.get<Job>(`/v1/jobs/${id}`)
    if (job.state !== 'succeeded')
      throw new Error(`The job ${job.state}: ${job.error?.detail} ${job.error?.remedy}`)
    return job
  }

  async *#events(path: string): AsyncGenerator<JobEvent> {
    const response = await fetch(new URL(path, this.url), {
      headers: { ...this.#headers, accept: 'text/event-stream' },
    })
    if (!response.ok || response.body === null) throw new Error(`GET ${path}: ${response.status}`)
    let pending = ''
    for await (const chunk of response.body.pipeThrough(new TextDecoderStream())) {
      const blocks = (pending + chunk).split('\n\n')
      pending = blocks.pop() ?? ''
      for (const block of blocks) {
        const event = parseEvent(block)
        if (event !== null) yield event
      }
    }
  }
}

/** One block of a server-sent event stream; comments (keep-alives) give null. */
function parseEvent(block: string): JobEvent | null {
  const fields = new Map(
    block
      .split('\n')
      .map((line) => [line.slice(0, line.indexOf(':')), line.slice(line.indexOf(':') + 1).trim()]),
  )
  const data = fields.get('data')
  return data === undefined ? null : { kind: fields.get('event') ?? 'message', data: JSON.parse(data) }
}
