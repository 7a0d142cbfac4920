import type { FileSpec } from '../world/model.ts'

/** A picture as a function: coordinates from 0 to 1, colour channels from 0 to 255. */
export type Picture = (x: number, y: number) => readonly [red: number, green: number, blue: number]

type Colour = readonly [number, number, number]

function blend(from: Colour, to: Colour, share: number): Colour {
  const at = (index: 0 | 1 | 2): number =>
    Math.round(from[index] + (to[index] - from[index]) * share)
  return [at(0), at(1), at(2)]
}

function hueColour(hue: number, saturation: number, lightness: number): Colour {
  const channel = (shift: number): number => {
    const position = (shift + hue * 12) % 12
    const swing = saturation * Math.min(lightness, 1 - lightness)
    return Math.round(
      255 * (lightness - swing * Math.max(-1, Math.min(position - 3, 9 - position, 1))),
    )
  }
  return [channel(0), channel(8), channel(4)]
}

/** Large enough that neighbouring pictures differ; small enough to cache the generated pictures. */
const LANDSCAPES = 512

/** The landscape of a picture, from 0 to 511. */
export function landscapeNumber({ id, size }: Pick<FileSpec, 'id' | 'size'>): number {
  let mixed = Number(BigInt.asUintN(32, id ^ (id >> 32n))) ^ size
  mixed = Math.imul(mixed ^ (mixed >>> 16), 0x85eb_ca6b)
  mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2_ae35)
  return (mixed >>> 16) % LANDSCAPES
}

/** Two ranges of hills under a sky with a sun; the bits of the number select colours and shapes. */
export function landscape(number: number): Picture {
  const hue = ((number & 15) + 0.5) / 16
  const part = (bit: number): number => 0.25 + ((number >> (bit + 3)) & 1) / 2
  const zenith = hueColour(hue, 0.5, 0.35)
  const horizon = hueColour((hue + 0.12) % 1, 0.7, 0.75)
  const far = hueColour((hue + 0.45) % 1, 0.3, 0.4)
  const near = hueColour((hue + 0.5) % 1, 0.4, 0.2)
  const sun = { x: 0.2 + part(1) * 0.6, y: 0.15 + part(2) * 0.3, radius: 0.05 + part(3) * 0.05 }
  const ridge = (x: number, base: number, phase: number): number =>
    base + 0.07 * Math.sin(x * 7 + phase * 6) + 0.04 * Math.sin(x * 17 + phase * 11)
  return (x, y) => {
    if (y > ridge(x, 0.78, part(4))) return near
    if (y > ridge(x, 0.6, part(5))) return far
    if (Math.hypot(x - sun.x, y - sun.y) < sun.radius) return [255, 244, 214]
    return blend(zenith, horizon, Math.min(1, y / 0.65))
  }
}
