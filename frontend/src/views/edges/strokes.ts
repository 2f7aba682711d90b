/** A drawing as strokes, and as the picture that the service gets: black lines on white, as the model learned them. */
import { toBlob } from "../edit/preview";

export interface Point {
  readonly x: number;
  readonly y: number;
}

/** As react-sketch-canvas tells them, in pixels of the pad. */
export interface Stroke {
  readonly paths: readonly Point[];
  readonly strokeWidth: number;
  /** False where it was made with the eraser. */
  readonly drawMode: boolean;
}

/** The side of the picture that is sent, in pixels. */
export const SIDE = 512;

/** The same strokes on a square of another size. */
export function scaled(strokes: readonly Stroke[], from: number, to: number): Stroke[] {
  const factor = to / Math.max(1, from);
  return strokes.map(({ paths, strokeWidth, drawMode }) => ({
    paths: paths.map(({ x, y }) => ({ x: factor * x, y: factor * y })),
    strokeWidth: factor * strokeWidth,
    drawMode,
  }));
}

export async function pictureOf(strokes: readonly Stroke[], pad: number): Promise<Blob> {
  const canvas = document.createElement("canvas");
  canvas.width = SIDE;
  canvas.height = SIDE;
  const context = canvas.getContext("2d");
  if (!context) throw new Error("This browser cannot make a picture of the drawing.");
  context.fillStyle = "#fff";
  context.fillRect(0, 0, SIDE, SIDE);
  context.lineCap = "round";
  context.lineJoin = "round";
  for (const stroke of scaled(strokes, pad, SIDE)) paint(context, stroke);
  return toBlob(canvas, "image/png");
}

function paint(context: CanvasRenderingContext2D, stroke: Stroke): void {
  const [first, ...rest] = stroke.paths;
  if (!first) return;
  context.strokeStyle = stroke.drawMode ? "#000" : "#fff";
  context.lineWidth = stroke.strokeWidth;
  context.beginPath();
  context.moveTo(first.x, first.y);
  context.lineTo(first.x, first.y); // so that a dot is seen
  for (const { x, y } of rest) context.lineTo(x, y);
  context.stroke();
}

/** Whether there is anything to be filled in. */
export function isEmpty(strokes: readonly Stroke[]): boolean {
  return !strokes.some(({ drawMode }) => drawMode);
}
