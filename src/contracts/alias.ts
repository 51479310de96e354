import { type ErrorCode, refusedAt, shown } from './errors.js'

/** What an alias stands for. */
export interface AliasState {
  /** The version that answers; of a split the one that carries most of the requests, the lowest of equals. */
  readonly version: number
  /** Percent of the requests by version number, 100 together; null where one version answers all. */
  readonly weights: Readonly<Record<string, number>> | null
  /** The request header, in lower case, whose value always meets the same version; null: each request is drawn. */
  readonly stickyBy: string | null
  /** The version that gets a copy of the requests, whose answers nobody is given. */
  readonly shadow: number | null
}

/** The versions that an alias needs, each once. */
export const versionsOf = ({ version, weights, shadow }: AliasState): number[] => [
  ...new Set([version, ...Object.keys(weights ?? {}).map(Number), ...(shadow === null ? [] : [shadow])]),
]

/**
 * Refuses to make an alias whose name is a number: wherever an alias may stand, a number is a version.
 *
 * @throws FlywheelError of that code
 */
export function checkAliasName(alias: string, { code, path }: { code: ErrorCode; path: string }): void {
  if (!/^\d+$/.test(alias)) return
  throw refusedAt(code, { path, expected: 'a name, as a number is always a version', received: shown(alias) })
}
