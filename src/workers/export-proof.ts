import { answerProof } from '../jobs/export/proof/answer-proof.js'
import type { ProofArguments } from '../jobs/export/proof/messages.js'
import { loadTensorFlow } from './load-tensorflow.js'

/** Started by a trainer with an unpacked export; it ends with the trainer. */
process.title = 'flywheel export proof'
process.on('disconnect', () => process.exit(1))
const proof = JSON.parse(process.argv[2] as string) as ProofArguments
await answerProof(proof, () => loadTensorFlow({ deterministic: false }))
