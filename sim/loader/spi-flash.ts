/** A SPI flash chip: erased a sector at a time to ones, and writing only ever makes zeros of them. */

export const SECTOR = 0x1000;

/** The third byte of the JEDEC id says the size, as a power of two. */
export interface SpiFlash {
  readonly bytes: Buffer;
  /** What the command RDID answers: manufacturer, type, size. */
  readonly id: number;
  /** Erases the sectors that `size` bytes at `address` touch; false beyond the end. */
  erase(address: number, size: number): boolean;
  /** Writes onto what stands there; false beyond the end. */
  write(address: number, data: Uint8Array): boolean;
}

/** Makes one full of `content`, by default erased; `size` is a power of two. */
export function createSpiFlash(size: number, content = 0xff): SpiFlash {
  const bytes = Buffer.alloc(size, content);
  const fits = (address: number, length: number): boolean => address >= 0 && address + length <= size;
  return {
    bytes,
    id: 0x40ef | (Math.log2(size) << 16),
    erase(address, length) {
      if (!fits(address, length)) return false;
      const from = address - (address % SECTOR);
      const to = Math.min(Math.ceil((address + length) / SECTOR) * SECTOR, size);
      bytes.fill(0xff, from, to);
      return true;
    },
    write(address, data) {
      if (!fits(address, data.length)) return false;
      for (const [index, byte] of data.entries()) bytes[address + index]! &= byte;
      return true;
    },
  };
}
