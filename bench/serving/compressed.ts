import type { Client } from '../../demo/client.js'
import type { Compression } from '../../src/evaluation/report/compression-schema.js'
import type { Report } from '../../src/evaluation/report.js'

/** Compresses a version. No alias moves. */
export async function compress(
  client: Client,
  { model, version, ...method }: { model: string; version: number; method: string; options?: object },
): Promise<{ version: number; compression: Compression }> {
  const path = `/v1/models/${model}/versions/${version}/compressions`
  const { id } = await client.post<{ id: string }>(path, method)
  const { result } = await client.follow(id)
  const child = Number(result?.version)
  const report = await client.get<Report>(`/v1/models/${model}/versions/${child}/report`)
  return { version: child, compression: report.compression as Compression }
}

/** Points of accuracy between a version and what was made of it, on the test rows. */
export function lostPoints({ metrics: { accuracy } }: Compression): number {
  return 100 * ((accuracy?.parent ?? Number.NaN) - (accuracy?.child ?? Number.NaN))
}
