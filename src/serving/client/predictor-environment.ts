/**
 * Bytes from which on glibc asks the system for each allocation, and gives it back when it is freed. Left to itself it
 * raises this bound to 32 MiB with the first large one that is freed; weights below then come from its heaps, which large
 * blocks that come and go tear up: loading and unloading a version of 17 MB on TensorFlow kept 120 MB more each time.
 * What batches allocate in between is smaller, mostly, and stays cheap.
 */
const MAPPED_BYTES = 4 * 1024 ** 2
/** Of freed memory at the end of a heap, so much is kept for what comes next. */
const KEPT_BYTES = 32 * 1024 ** 2

/** What a predictor's process is started with: a setting of one's own stays. */
export const predictorEnvironment = (environment: NodeJS.ProcessEnv): NodeJS.ProcessEnv => ({
  MALLOC_MMAP_THRESHOLD_: String(MAPPED_BYTES),
  MALLOC_TRIM_THRESHOLD_: String(KEPT_BYTES),
  ...environment,
})
