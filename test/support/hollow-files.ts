/** Files of a few bytes whose headers promise a picture of this size. */
export const hollowPictures: Record<string, (width: number, height: number) => Uint8Array> = {
  png(width, height) {
    const header = Buffer.alloc(13);
    header.writeUInt32BE(width, 0);
    header.writeUInt32BE(height, 4);
    header.set([8, 2], 8); // eight bits, RGB
    const signature = Buffer.from("\x89PNG\r\n\x1a\n", "latin1");
    const pixels = Bun.deflateSync(new Uint8Array(1000), { windowBits: 15 });
    const chunks = [pngChunk("IHDR", header), pngChunk("IDAT", pixels), pngChunk("IEND")];
    return Buffer.concat([signature, ...chunks]);
  },
  jpeg(width, height) {
    const frame = Buffer.from("ffd8ffc00011080000000003011100021100031100", "hex");
    frame.writeUInt16BE(height, 7);
    frame.writeUInt16BE(width, 9);
    return Buffer.concat([frame, Buffer.from("ffda000c03010002000300003f00ffd9", "hex")]);
  },
  bmp(width, height) {
    const bmp = Buffer.alloc(60);
    bmp.write("BM");
    bmp.writeUInt32LE(54, 10);
    bmp.writeUInt32LE(40, 14);
    bmp.writeInt32LE(width, 18);
    bmp.writeInt32LE(height, 22);
    bmp.set([1, 0, 24], 26);
    return bmp;
  },
  gif(width, height) {
    const gif = Buffer.from("GIF89a\0\0\0\0\x80\0\0\0\0\0\0\0\0;", "latin1");
    gif.writeUInt16LE(width, 6);
    gif.writeUInt16LE(height, 8);
    return gif;
  },
};

function pngChunk(type: string, data: Uint8Array = new Uint8Array(0)): Uint8Array {
  const chunk = Buffer.alloc(data.length + 12);
  chunk.writeUInt32BE(data.length, 0);
  chunk.write(type, 4);
  chunk.set(data, 8);
  chunk.writeUInt32BE(Bun.hash.crc32(chunk.subarray(4, data.length + 8)), data.length + 8);
  return chunk;
}

/** A WAV file with a byte for each second of sound. */
export function slowWav(seconds: number): Uint8Array {
  const wav = Buffer.alloc(44 + seconds);
  wav.write("RIFF\0\0\0\0WAVEfmt ");
  wav.set([16, 0, 0, 0, 1, 0, 1, 0], 16); // PCM, mono
  wav.set([1, 0, 0, 0, 1, 0, 0, 0], 24); // one sample, one byte a second
  wav.set([1, 0, 8, 0], 32); // one byte a sample
  wav.write("data", 36);
  wav.writeUInt32LE(seconds, 40);
  return wav;
}

/** A FLAC file without samples whose header promises a sound. */
export function hollowFlac(seconds: number): Uint8Array {
  const flac = Buffer.alloc(42);
  flac.write("fLaC");
  flac.set([0x80, 0, 0, 34, 16, 0, 16, 0], 4); // blocks of 4096 samples
  const format = (8000n << 44n) | (0n << 41n) | (15n << 36n); // mono, 16 bits
  flac.writeBigUInt64BE(format | BigInt(8000 * seconds), 18);
  return flac;
}
