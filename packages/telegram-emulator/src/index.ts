import * as emulator from './emulator.ts'

export type { Emulator, EmulatorOptions } from './emulator.ts'

/** As in emulator.ts; its state stays inside. */
export const startEmulator: (options: emulator.EmulatorOptions) => Promise<emulator.Emulator> =
  emulator.startEmulator
