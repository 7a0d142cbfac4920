import type { FileSpec } from '../world/model.ts'
import { writeFiller } from './filler.ts'
import { blocksSegment, bytesSegment, type Layout } from './segments.ts'

const SAMPLE_RATE = 44_100
/** Bit rates of MPEG-1 layer III by header index 1 to 14, in kbit/s. */
const BIT_RATES = [32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320]
const HEADER = 4
/**
 * All-zero side information of a stereo frame: without main data, the frame is silent and the rest is ancillary data.
 */
const SIDE_INFORMATION = 32
const ID3_HEADER = 10
const FRAMES_PER_BLOCK = 64

function bitRateIndex(spec: FileSpec): number {
  const wanted = spec.durationSeconds ? (spec.size * 8) / spec.durationSeconds / 1000 : 128
  const distances = BIT_RATES.map((rate) => Math.abs(rate - wanted))
  return distances.indexOf(Math.min(...distances))
}

/** An ID3v2.3 tag of exactly `length` bytes: zero padding after its header. */
function id3Tag(length: number): Buffer {
  const tag = Buffer.alloc(length)
  tag.write('ID3\x03', 0, 'latin1')
  const size = length - ID3_HEADER
  // Four groups of seven bits.
  for (let part = 0; part < 4; part += 1) tag[6 + part] = (size >> (7 * (3 - part))) & 0x7f
  return tag
}

/** Silent frames of a constant bit rate, chosen to match the stated duration. */
export function mp3Layout(spec: FileSpec, key: Buffer): Layout | undefined {
  const index = bitRateIndex(spec)
  const frame = Math.floor((144_000 * (BIT_RATES[index] ?? 128)) / SAMPLE_RATE)
  const frames = Math.floor((spec.size - ID3_HEADER) / frame)
  if (frames < 1) return undefined
  const header = Buffer.from([0xff, 0xfb, (index + 1) << 4, 0])
  const audio = blocksSegment({
    length: frames * frame,
    blockLength: frame * FRAMES_PER_BLOCK,
    writeBlock: (block, blockIndex) => {
      writeFiller(key, blockIndex * FRAMES_PER_BLOCK * frame, block)
      for (let at = 0; at < block.length; at += frame) {
        header.copy(block, at)
        block.fill(0, at + HEADER, at + HEADER + SIDE_INFORMATION)
      }
    },
  })
  return [bytesSegment(id3Tag(spec.size - frames * frame)), audio]
}
