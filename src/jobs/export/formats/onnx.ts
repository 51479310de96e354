import type { ExportFormat } from '../format.js'

const onnx: ExportFormat = {
  name: 'onnx',
  summary: 'an ONNX model (opset 17) for any number of rows, as ONNX Runtime and others load it',
  write: async (version) => (await import('../onnx/write-onnx.js')).writeOnnx(version),
}
export default onnx
