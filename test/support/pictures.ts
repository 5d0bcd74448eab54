import jpeg from "jpeg-js";
import { PNG } from "pngjs";

export type Rgb = [number, number, number];

export const colours = {
  red: [220, 30, 30],
  blue: [30, 60, 220],
  green: [30, 160, 60],
  yellow: [240, 220, 40],
  orange: [255, 140, 0],
  purple: [128, 0, 128],
  white: [255, 255, 255],
  black: [0, 0, 0],
} as const satisfies Record<string, Rgb>;

interface Shape {
  shape: keyof typeof isInside;
  colour: Rgb;
  /** Its centre, as parts of the picture's sides. Default: the middle. */
  at?: [x: number, y: number];
  /** As a part of the picture's side. */
  radius?: number;
}

interface Drawing {
  shapes: Shape[];
  background: Rgb;
  /** Width and height, pixels. */
  side?: number;
}

/** A picture of one shape in the middle. */
type Picture = Omit<Drawing, "shapes"> & Shape;

/** Whether a point is in a shape of radius 1 around (0, 0); y grows downwards. */
export const isInside = {
  circle: (x: number, y: number) => Math.hypot(x, y) < 1,
  square: (x: number, y: number) => Math.max(Math.abs(x), Math.abs(y)) < 0.93,
  triangle: (x: number, y: number) => y < 0.75 && y > -1 + 2 * Math.abs(x),
  star: (x: number, y: number) => Math.hypot(x, y) < starEdge(Math.atan2(x, -y)),
};

/** How far the edge of a star with five points is, in a direction from its upper point. */
function starEdge(angle: number): number {
  const [outer, inner, step] = [1, 0.42, Math.PI / 5];
  const turn = Math.abs(((angle + 11 * step) % (2 * step)) - step); // from the nearest point
  // The edge goes straight from a point to the dent beside it.
  const slope = (inner * Math.sin(step)) / (outer - inner * Math.cos(step));
  return (outer * slope) / (Math.sin(turn) + slope * Math.cos(turn));
}

/** RGBA pixels. */
function draw({ shapes, background, side = 224 }: Drawing): PNG {
  const png = new PNG({ width: side, height: side });
  for (let y = 0; y < side; y++) {
    for (let x = 0; x < side; x++) {
      const shape = shapes.find(({ shape, at: [cx, cy] = [0.5, 0.5], radius = 0.3 }) =>
        isInside[shape](((x + 0.5) / side - cx) / radius, ((y + 0.5) / side - cy) / radius),
      );
      png.data.set([...(shape?.colour ?? background), 255], (y * side + x) * 4);
    }
  }
  return png;
}

function drawOne({ background, side, ...shape }: Picture): PNG {
  return draw({ shapes: [shape], background, ...(side !== undefined && { side }) });
}

/** A drawing of several shapes as a PNG file in base64; those named first lie above. */
export function pngOfAll(drawing: Drawing): string {
  return PNG.sync.write(draw(drawing)).toString("base64");
}

/** A drawing as a PNG file in base64. */
export function pngOf(picture: Picture): string {
  return PNG.sync.write(drawOne(picture)).toString("base64");
}

/** A drawing as a JPEG file in base64. */
export function jpegOf(picture: Picture): string {
  const { width, height, data } = drawOne(picture);
  return Buffer.from(jpeg.encode({ width, height, data }, 90).data).toString("base64");
}

/** A drawing as a BMP file (24 bit) in base64. */
export function bmpOf(picture: Picture): string {
  const { width, height, data } = drawOne(picture);
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
