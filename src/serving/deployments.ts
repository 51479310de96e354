import { FlywheelError } from '../contracts/errors.js'
import type { Artifacts } from '../contracts/job.js'
import type { Task } from '../contracts/task.js'
import type { Queries } from '../registry/database/database.js'
import {
  type Deployable,
  type Deployment,
  findDeployable,
  hasVersions,
  listDeployments,
} from '../registry/deployments.js'
import type { Signer } from '../registry/signing/signer.js'
import { listUnloaded } from '../registry/unloaded-models.js'
import { readServable, type Servable } from './servable.js'
import { drawVersion } from './split-traffic.js'
import { WarmSwaps } from './warm-swaps.js'

/** Which version answers: one by number, or the one that an alias names. */
export type VersionReference =
  | { readonly model: string; readonly version: number }
  | { readonly model: string; readonly alias: string }

export interface Deployed extends Servable, Deployable {}

/** Which version answers a request, and which one shadows it. */
export interface Route {
  readonly deployed: Deployed
  readonly shadow: Deployable | null
}

/** The predictors, as far as it matters here. */
export interface Warmth {
  /** Null for a version that is not in memory. */
  loaded(sha256: string): object | null
  /** Loads a version and runs it once. */
  load(sha256: string): Promise<unknown>
}

const servablesKept = 256
/** Without predictors no version is in memory. */
const noWarmth: Warmth = { loaded: () => null, load: async () => {} }

/**
 * Aliases, versions and manifests in memory, so that predict waits for no database once a version was asked for.
 * What is not known yet is looked up; what changes comes with `refresh`. A version whose signature does not fit is
 * neither held nor asked.
 */
export class Deployments {
  readonly #db: Queries
  readonly #artifacts: Pick<Artifacts, 'read'>
  readonly #tasks: ReadonlyMap<string, Task>
  readonly #signer: Pick<Signer, 'check'>
  readonly #swaps: WarmSwaps
  readonly #warmth: Warmth
  /** Models that were taken out of service. */
  #unloaded: ReadonlySet<string> = new Set()
  readonly #versions = new Map<string, Deployable>()
  /** Versions whose signature fits. */
  readonly #checked = new WeakSet<Deployable>()
  #refused: ReadonlyMap<Deployable, FlywheelError> = new Map()
  /** Versions with what their manifests say, put together once they are checked: predict asks for them with every request. */
  readonly #merged = new WeakMap<Deployable, Deployed>()
  /** By the manifest's hash; its bytes never change. */
  readonly #servables = new Map<string, Promise<Servable>>()
  #refreshing: Promise<void> | null = null
  #isStale = false

  constructor({
    db,
    artifacts,
    tasks,
    signer,
    warmth = noWarmth,
    onFailure = () => {},
  }: {
    db: Queries
    artifacts: Pick<Artifacts, 'read'>
    tasks: ReadonlyMap<string, Task>
    signer: Pick<Signer, 'check'>
    /** What holds versions in memory. */
    warmth?: Warmth
    /** Told where an alias goes on with what it stood for before, as its new versions can not be loaded. */
    onFailure?: (what: { model: string; alias: string; error: unknown }) => void
  }) {
    this.#db = db
    this.#artifacts = artifacts
    this.#tasks = tasks
    this.#signer = signer
    this.#swaps = new WarmSwaps({
      isLoaded: ({ sha256 }) => warmth.loaded(sha256) !== null,
      load: (version) => this.#warm(version),
      isRefused: (version) => this.#refused.has(version),
      onFailure,
    })
    this.#warmth = warmth
  }

  /**
   * Manifests' hashes of what aliases of loaded models name, split to or are shadowed by, and of what answers for them
   * until that is warm, each once.
   */
  get deployed(): string[] {
    return hashesOf(
      this.#versionsOf((model) => this.isLoaded(model)).filter((one) => !this.#refused.has(one)),
    )
  }

  /** What aliases name and is not held: why. */
  get refused(): FlywheelError[] {
    return [...this.#refused.values()]
  }

  /** As {@link deployed}, of one model, loaded or not, and with those whose signature does not fit. */
  deployedOf(model: string): string[] {
    return hashesOf(this.#versionsOf((name) => name === model))
  }

  /** @throws FlywheelError signature-invalid of any version that is deployed of the model */
  checkSignatures(model: string): void {
    const versions = this.#versionsOf((name) => name === model)
    const refusal = versions.map((version) => this.#refused.get(version)).find((error) => error !== undefined)
    if (refusal) throw refusal
  }

  /** False for a model that was unloaded, until it is loaded again. */
  isLoaded(model: string): boolean {
    return !this.#unloaded.has(model)
  }

  /** @throws FlywheelError model-unloaded */
  checkLoaded(model: string): void {
    if (!this.isLoaded(model))
      throw new FlywheelError('model-unloaded', `The model ${model} was unloaded: load it first`)
  }

  #versionsOf(isWanted: (model: string) => boolean): Deployable[] {
    const entries = this.#swaps.all.filter(({ model }) => isWanted(model))
    return entries.flatMap((entry) => [...entry.versions.values()])
  }

  /** Names of the models that have a champion, sorted. */
  get champions(): string[] {
    const entries = [...this.#aliases.values()].filter(({ alias }) => alias === 'champion')
    return entries.map(({ model }) => model).sort()
  }

  /** Policies of the models that have a champion or another alias. */
  keepPolicy(model: string): Deployable['keepPredictions'] | undefined {
    for (const entry of this.#aliases.values()) {
      if (entry.model === model) return entry.versions.get(entry.state.version)?.keepPredictions
    }
    return undefined
  }

  /** Reads all aliases again; calls at the same time share one query, which begins after the last of them. */
  async refresh(): Promise<void> {
    this.#isStale = true
    this.#refreshing ??= this.#read().finally(() => {
      this.#refreshing = null
    })
    await this.#refreshing
  }

  /** What answers, by the aliases' keys. */
  get #aliases(): ReadonlyMap<string, Deployment> {
    return this.#swaps.answering
  }

  /** Resolves when an alias answers as it stands, or when its versions could not be loaded. */
  async settled({ model, alias }: { model: string; alias: string }): Promise<void> {
    await this.#swaps.settled(keyOf(model, alias))
  }

  /**
   * Loads versions that an alias is about to stand for, where others answer in its name meanwhile.
   *
   * @throws FlywheelError memory-insufficient, artifact-damaged, signature-invalid: the alias better stays as it is
   */
  async prepare(
    { model, alias }: { model: string; alias: string },
    versions: readonly number[],
  ): Promise<void> {
    if (!this.#swaps.isAnswering(keyOf(model, alias))) return
    for (const version of versions) {
      const found = await findDeployable(this.#db, { model, version })
      if (found === undefined || this.#warmth.loaded(found.sha256) !== null) continue
      await this.#warm(found).catch((error: unknown) => {
        if (error instanceof FlywheelError && refusals.has(error.code)) throw error
      })
    }
  }

  /** Why a version that an alias stands for does not answer; null where nothing is known to be wrong. */
  failureOf(sha256: string): string | null {
    return this.#swaps.failureOf(sha256)
  }

  /** Forgets a model's versions, as one of them may be gone; '' (some notices may have been missed): those of all. */
  forget(model: string): void {
    for (const [key, entry] of this.#versions) {
      if (model === '' || entry.model === model) this.#versions.delete(key)
    }
  }

  /**
   * The version itself; of an alias that splits its requests the one that carries most.
   *
   * @throws FlywheelError not-found when there is no such model, version or alias; signature-invalid; artifact-damaged
   */
  async resolve(reference: VersionReference): Promise<Deployed> {
    if ('version' in reference) return this.#withManifest(await this.#findVersion(reference))
    const alias = await this.#findAlias(reference)
    return this.#withManifest(versionIn(alias, alias.state.version))
  }

  /**
   * The version that answers one request: as {@link resolve}, but an alias draws it by its weights.
   *
   * @throws FlywheelError model-unloaded, and as {@link resolve}
   * @param header gives a request header, for aliases that are sticky by one
   */
  route(reference: VersionReference, header: (name: string) => string | undefined): Route | Promise<Route> {
    return this.#routeKnown(reference, header) ?? this.#routeLater(reference, header)
  }

  /** Not async, as predict is a hot path; null where something is not in memory yet. */
  #routeKnown(reference: VersionReference, header: (name: string) => string | undefined): Route | null {
    const { model } = reference
    if ('version' in reference) {
      return this.#knownRoute(this.#versions.get(keyOf(model, reference.version)), null)
    }
    const alias = this.#aliases.get(keyOf(model, reference.alias))
    return alias === undefined ? null : this.#knownRoute(drawnFrom(alias, header), shadowOf(alias))
  }

  #knownRoute(version: Deployable | undefined, shadow: Deployable | null): Route | null {
    const deployed = version && this.#merged.get(version)
    if (deployed === undefined) return null
    this.checkLoaded(deployed.model)
    return { deployed, shadow }
  }

  async #routeLater(
    reference: VersionReference,
    header: (name: string) => string | undefined,
  ): Promise<Route> {
    if ('version' in reference) {
      const deployed = await this.resolve(reference)
      this.checkLoaded(reference.model)
      return { deployed, shadow: null }
    }
    const alias = await this.#findAlias(reference)
    this.checkLoaded(reference.model)
    return { deployed: await this.#withManifest(drawnFrom(alias, header)), shadow: shadowOf(alias) }
  }

  async #withManifest(version: Deployable): Promise<Deployed> {
    const known = this.#merged.get(version)
    if (known) return known
    if (!this.#checked.has(version)) await this.#check(version)
    const merged = { ...(await this.#servable(version.sha256)), ...version }
    this.#merged.set(version, merged)
    return merged
  }

  async #findAlias({ model, alias }: { model: string; alias: string }): Promise<Deployment> {
    const key = keyOf(model, alias)
    if (!this.#aliases.has(key)) await this.refresh()
    const entry = this.#aliases.get(key)
    if (entry) return entry
    if (await hasVersions(this.#db, model)) {
      throw new FlywheelError('not-found', `The model ${model} has no alias ${alias}`, {
        remedy: `Set it with PUT /v1/models/${model}/aliases/${alias}, or name a version`,
      })
    }
    throw new FlywheelError('not-found', `There is no model ${model}`)
  }

  async #findVersion({ model, version }: { model: string; version: number }): Promise<Deployable> {
    const key = keyOf(model, version)
    const known = this.#versions.get(key)
    if (known) return known
    const entry = await findDeployable(this.#db, { model, version })
    if (entry === undefined)
      throw new FlywheelError('not-found', `The model ${model} has no version ${version}`)
    this.#versions.set(key, entry)
    return entry
  }

  async #check(version: Deployable): Promise<void> {
    await this.#signer.check({ ...version, ...version.signed })
    this.#checked.add(version)
  }

  async #warm(version: Deployable): Promise<void> {
    await this.#check(version)
    await this.#warmth.load(version.sha256)
  }

  #servable(sha256: string): Promise<Servable> {
    const known = this.#servables.get(sha256)
    if (known) return known
    const servable = this.#artifacts.read(sha256).then((bytes) => readServable(bytes, this.#tasks))
    servable.catch(() => this.#servables.delete(sha256))
    this.#servables.set(sha256, servable)
    const [oldest] = this.#servables.keys()
    if (this.#servables.size > servablesKept && oldest) this.#servables.delete(oldest)
    return servable
  }

  async #refusalsOf(versions: readonly Deployable[]): Promise<Map<Deployable, FlywheelError>> {
    const refused = new Map<Deployable, FlywheelError>()
    for (const version of versions) {
      await this.#check(version).catch((error: unknown) => {
        if (!(error instanceof FlywheelError)) throw error
        refused.set(version, error)
      })
    }
    return refused
  }

  async #read(): Promise<void> {
    while (this.#isStale) {
      this.#isStale = false
      const [rows, unloaded] = await Promise.all([listDeployments(this.#db), listUnloaded(this.#db)])
      this.#refused = await this.#refusalsOf(rows.flatMap(({ versions }) => [...versions.values()]))
      this.#unloaded = new Set(unloaded)
      this.#swaps.take(new Map(rows.map((row) => [keyOf(row.model, row.alias), row])))
    }
  }
}

const hashesOf = (versions: readonly Deployable[]): string[] =>
  [...new Set(versions.map(({ sha256 }) => sha256))].sort()

/** What will not mend itself, unlike a predictor that is being started. */
const refusals: ReadonlySet<string> = new Set([
  'memory-insufficient',
  'artifact-damaged',
  'signature-invalid',
])

/** The version that an alias draws for one request. */
function drawnFrom(deployment: Deployment, header: (name: string) => string | undefined): Deployable {
  const { model, alias, state } = deployment
  const { version, weights, stickyBy } = state
  if (weights === null) return versionIn(deployment, version)
  const key = stickyBy === null ? undefined : header(stickyBy)
  return versionIn(deployment, drawVersion({ name: keyOf(model, alias), weights }, key))
}

const shadowOf = (deployment: Deployment): Deployable | null =>
  deployment.state.shadow === null ? null : versionIn(deployment, deployment.state.shadow)

/** A version that an alias needs is not removed, so it came with the alias. */
function versionIn({ model, alias, versions }: Deployment, version: number): Deployable {
  const found = versions.get(version)
  if (found) return found
  throw new FlywheelError(
    'internal',
    `The alias ${alias} of ${model} names version ${version}, which is gone`,
  )
}

/** Names hold no slash. */
const keyOf = (model: string, name: string | number): string => `${model}/${name}`
