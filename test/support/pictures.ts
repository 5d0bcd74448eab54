import jpeg from "jpeg-js";
import { PNG } from "pngjs";

export type Rgb = [number, number, number];

export const colours = {
  red: [220, 30, 30],
  blue: [30, 60, 220],
  green: [30, 160, 60],
  yellow: [240, 220, 40],
  white: [255, 255, 255],
  black: [0, 0, 0],
} as const satisfies Record<string, Rgb>;

interface Picture {
  shape: "circle" | "square";
  colour: Rgb;
  background: Rgb;
  /** Width and height, pixels. */
  side?: number;
}

const isInside = {
  circle: (x: number, y: number) => Math.hypot(x, y) < 0.3,
  square: (x: number, y: number) => Math.max(Math.abs(x), Math.abs(y)) < 0.28,
};

/** RGBA pixels of one shape in the middle. */
function draw({ shape, colour, background, side = 224 }: Picture): PNG {
  const png = new PNG({ width: side, height: side });
  for (let y = 0; y < side; y++) {
    for (let x = 0; x < side; x++) {
      const inside = isInside[shape]((x + 0.5) / side - 0.5, (y + 0.5) / side - 0.5);
      png.data.set([...(inside ? colour : background), 255], (y * side + x) * 4);
    }
  }
  return png;
}

/** A drawing as a PNG file in base64. */
export function pngOf(picture: Picture): string {
  return PNG.sync.write(draw(picture)).toString("base64");
}

/** A drawing as a JPEG file in base64. */
export function jpegOf(picture: Picture): string {
  const { width, height, data } = draw(picture);
  return Buffer.from(jpeg.encode({ width, height, data }, 90).data).toString("base64");
}

/** A drawing as a BMP file (24 bit) in base64. */
export function bmpOf(picture: Picture): string {
  const { width, height, data } = draw(picture);
  const rowBytes = Math.ceil((width * 3) / 4) * 4;
  const bmp = Buffer.alloc(54 + rowBytes * height);
  bmp.write("BM");
  bmp.writeUInt32LE(bmp.length, 2);
  bmp.writeUInt32LE(54, 10);
  bmp.writeUInt32LE(40, 14);
  bmp.writeInt32LE(width, 18);
  bmp.writeInt32LE(height, 22);
  bmp.writeUInt16LE(1, 26);
  bmp.writeUInt16LE(24, 28);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const from = ((height - 1 - y) * width + x) * 4; // rows go from the bottom up, as BGR
      for (let c = 0; c < 3; c++) bmp[54 + y * rowBytes + x * 3 + c] = data[from + 2 - c] ?? 0;
    }
  }
  return bmp.toString("base64");
}
