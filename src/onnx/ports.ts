/** Names of a model's input, [rows, …row], and output, [rows, units]. */
export const onnxPorts = { input: 'features', output: 'outputs' } as const
