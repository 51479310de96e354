import type { Socket } from 'node:net'
import type { ConnectionError } from 'fastify'
import { FlywheelError } from '../contracts/errors.js'
import { problemOf } from './problem.js'
import { newRequestId } from './request-id.js'

/** Answers what is no HTTP request, or never became a whole one, and closes the connection. */
export function answerBrokenConnection(error: ConnectionError, socket: Socket): void {
  if (error.code === 'ECONNRESET' || socket.destroyed || !socket.writable) {
    socket.destroy()
    return
  }
  const problem = problemOf(meaning(error.code), newRequestId())
  const body = JSON.stringify(problem)
  const head = [
    `HTTP/1.1 ${problem.status} ${problem.title}`,
    'Content-Type: application/problem+json; charset=utf-8',
    `Content-Length: ${Buffer.byteLength(body)}`,
    'Connection: close',
  ]
  socket.end(`${head.join('\r\n')}\r\n\r\n${body}`, () => socket.destroy())
}

function meaning(code: string): FlywheelError {
  switch (code) {
    case 'ERR_HTTP_REQUEST_TIMEOUT':
      return new FlywheelError('timeout', 'The request did not arrive in full in time')
    case 'HPE_HEADER_OVERFLOW':
      return new FlywheelError('headers-too-large', 'The headers are larger than 16 KiB')
    default:
      return new FlywheelError('body-malformed', 'This is not a well-formed HTTP request')
  }
}
