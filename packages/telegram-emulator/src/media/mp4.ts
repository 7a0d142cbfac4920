import type { FileSpec } from '../world/model.ts'
import { avcConfiguration } from './h264-parameters.ts'
import { bytesSegment, fillerSegment, type Layout } from './segments.ts'

const TIMESCALE = 1000
const FRAMES_PER_SECOND = 25
const FRAME_TICKS = TIMESCALE / FRAMES_PER_SECOND
const MAX_BOX = 0xffff_ffff
const MAX_SIDE = 8192
const UNITY_MATRIX = [0x1_0000, 0, 0, 0, 0x1_0000, 0, 0, 0, 0x4000_0000]

function u16(...values: readonly number[]): Buffer {
  const bytes = Buffer.alloc(values.length * 2)
  values.forEach((value, index) => bytes.writeUInt16BE(value, index * 2))
  return bytes
}

function u32(...values: readonly number[]): Buffer {
  const bytes = Buffer.alloc(values.length * 4)
  values.forEach((value, index) => bytes.writeUInt32BE(value, index * 4))
  return bytes
}

function box(type: string, ...parts: readonly Buffer[]): Buffer {
  const length = parts.reduce((sum, part) => sum + part.length, 8)
  return Buffer.concat([u32(length), Buffer.from(type, 'latin1'), ...parts])
}

interface Track {
  readonly width: number
  readonly height: number
  readonly frames: number
  readonly frameBytes: number
}

function movieHeader(durationTicks: number): Buffer {
  const rateAndVolume = [u32(0x1_0000), u16(0x100), Buffer.alloc(10)]
  const times = u32(0, 0, 0, TIMESCALE, durationTicks)
  return box('mvhd', times, ...rateAndVolume, u32(...UNITY_MATRIX), Buffer.alloc(24), u32(2))
}

function trackHeader(track: Track, durationTicks: number): Buffer {
  // Flags: enabled, in movie, in preview.
  const identity = u32(7, 0, 0, 1, 0, durationTicks, 0, 0)
  const sides = u32(track.width * 0x1_0000, track.height * 0x1_0000)
  return box('tkhd', identity, u16(0, 0, 0, 0), u32(...UNITY_MATRIX), sides)
}

function sampleTable(track: Track, dataOffset: number): Buffer {
  const sample = box(
    'avc1',
    Buffer.from([0, 0, 0, 0, 0, 0, 0, 1]),
    Buffer.alloc(16),
    u16(track.width, track.height),
    u32(0x48_0000, 0x48_0000, 0),
    u16(1),
    Buffer.alloc(32),
    u16(24, 0xffff),
    box('avcC', avcConfiguration(track.width, track.height)),
  )
  return box(
    'stbl',
    box('stsd', u32(0, 1), sample),
    box('stts', u32(0, 1, track.frames, FRAME_TICKS)),
    box('stsc', u32(0, 1, 1, track.frames, 1)),
    box('stsz', u32(0, track.frameBytes, track.frames)),
    box('stco', u32(0, 1, dataOffset)),
  )
}

function movie(track: Track, dataOffset: number): Buffer {
  const durationTicks = track.frames * FRAME_TICKS
  const handler = Buffer.from('vide\0\0\0\0\0\0\0\0\0\0\0\0VideoHandler\0', 'latin1')
  const dataReference = box('dref', u32(0, 1), box('url ', u32(1)))
  const information = box(
    'minf',
    box('vmhd', u32(1), u16(0, 0, 0, 0)),
    box('dinf', dataReference),
    sampleTable(track, dataOffset),
  )
  const media = box(
    'mdia',
    // The language "und", packed into three groups of five bits.
    box('mdhd', u32(0, 0, 0, TIMESCALE, durationTicks), u16(0x55c4, 0)),
    box('hdlr', u32(0, 0), handler),
    information,
  )
  return box(
    'moov',
    movieHeader(durationTicks),
    box('trak', trackHeader(track, durationTicks), media),
  )
}

function dataHeader(length: number): Buffer {
  if (length + 8 <= MAX_BOX) return Buffer.concat([u32(length + 8), Buffer.from('mdat', 'latin1')])
  const long = Buffer.alloc(8)
  long.writeBigUInt64BE(BigInt(length + 16))
  return Buffer.concat([u32(1), Buffer.from('mdat', 'latin1'), long])
}

/**
 * An MP4 with correct metadata: one H.264 track of the given size and duration, with the index before the data (ISO/IEC
 * 14496-12). The frames are filler, so a player shows no picture.
 */
export function mp4Layout(spec: FileSpec, key: Buffer): Layout | undefined {
  const { width = 640, height = 360, durationSeconds = 1 } = spec
  if (width < 1 || height < 1 || Math.max(width, height) > MAX_SIDE) return undefined
  const type = box('ftyp', Buffer.from('isom\0\0\x02\0isomiso2avc1mp41', 'latin1'))
  const frames = Math.max(1, Math.min(10_000_000, Math.round(durationSeconds * FRAMES_PER_SECOND)))
  const headLength = type.length + movie({ width, height, frames, frameBytes: 1 }, 0).length
  const header = dataHeader(Math.max(0, spec.size - headLength))
  const dataOffset = headLength + header.length
  const room = spec.size - dataOffset
  if (room < frames) return undefined
  const track = { width, height, frames, frameBytes: Math.floor(room / frames) }
  const head = Buffer.concat([type, movie(track, dataOffset), dataHeader(room)])
  return [bytesSegment(head), fillerSegment(key, room)]
}
