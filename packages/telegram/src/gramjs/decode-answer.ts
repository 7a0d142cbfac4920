import apiSchema from 'telegram/tl/apiTl.js'
import { tlDecoder } from '../tl/decoder.ts'
import type { TlMessages } from '../tl/shapes.ts'

/** Reads the bytes of an answer; the reader stands at its beginning. */
export type ReadAnswer<T> = (reader: { stream: Buffer; tgReadObject(): unknown }) => T

export const decodeAnswer = tlDecoder(apiSchema, { bytes: 'buffer' })

/** Messages are kept whole, as JSON. */
const decodeJson = tlDecoder(apiSchema, { bytes: 'base64' })

export const readMessages: ReadAnswer<TlMessages> = ({ stream }) =>
  decodeJson(stream) as unknown as TlMessages
