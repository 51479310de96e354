import type { TensorFlow } from '../../contracts/family.js'
import { registerBagSum } from './bag-sum.js'
import { overrideBiasAdd } from './bias-add.js'
import { registerBlockLstm } from './block-lstm.js'
import { registerCausalConvolution } from './causal-convolution.js'
import { overrideDenseCall } from './dense-call.js'
import { registerEmbeddingLookup } from './embedding-lookup.js'
import { registerFusedBatchNorm } from './fused-batch-norm.js'
import { registerLayerNorm } from './layer-norm.js'
import { overrideMatMul } from './mat-mul.js'
import { registerQr } from './qr.js'
import { overrideReluGradient } from './relu-gradient.js'
import { registerSelfAttention } from './self-attention.js'
import { registerSoftmaxCrossEntropy } from './softmax-cross-entropy.js'
import { registerStatelessDropoutMask } from './stateless-dropout-mask.js'
import { registerStatelessRandom } from './stateless-random.js'

/** Puts TensorFlow's own operations where tfjs composes them, and adds those that tfjs lacks. Once per process. */
export function registerKernels(tf: TensorFlow, { deterministicGpu }: { deterministicGpu: boolean }): void {
  overrideDenseCall(tf)
  overrideMatMul(tf)
  overrideBiasAdd(tf)
  overrideReluGradient(tf)
  registerSoftmaxCrossEntropy(tf, { composed: deterministicGpu })
  registerStatelessDropoutMask(tf)
  registerStatelessRandom(tf)
  registerCausalConvolution(tf)
  registerEmbeddingLookup(tf)
  registerBagSum(tf)
  registerFusedBatchNorm(tf)
  registerLayerNorm(tf)
  registerSelfAttention(tf)
  registerBlockLstm(tf)
  registerQr(tf)
}
