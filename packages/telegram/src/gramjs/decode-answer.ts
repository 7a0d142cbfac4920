import apiSchema from 'telegram/tl/apiTl.js'
import { tlDecoder } from '../tl/decoder.ts'
import type { TlMessages } from '../tl/shapes.ts'

/** Decodes the bytes of an answer. `stream` holds them; `tgReadObject` is GramJS's own decoder. */
export type ReadAnswer<T> = (reader: { stream: Buffer; tgReadObject(): unknown }) => T

export const decodeAnswer = tlDecoder(apiSchema, { bytes: 'buffer' })

/** Messages are decoded as JSON, because the archive stores the whole object. */
const decodeJson = tlDecoder(apiSchema, { bytes: 'base64' })

export const readMessages: ReadAnswer<TlMessages> = ({ stream }) =>
  decodeJson(stream) as unknown as TlMessages
