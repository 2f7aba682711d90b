/** A few outlines to begin with, drawn for this page, in a box of 100 by 100. */
import type { Stroke } from "./strokes";

export interface Starter {
  name: string;
  lines: readonly string[];
}

export const STARTERS: readonly Starter[] = [
  {
    name: "Shoe",
    lines: [
      "M9 65C9 57 20 55 32 51C43 47 49 40 55 36C60 33 66 37 71 38C77 39 83 37 87 35C91 43 92 54 91 63",
      "M9 65C32 66 68 66 91 63L91 70C68 74 32 74 10 72Z",
      "M55 36C58 43 68 46 88 44",
      "M42 46L49 53",
      "M47 42L54 49",
      "M52 38L58 45",
      "M24 54C28 58 30 62 30 66",
    ],
  },
  {
    name: "Boot",
    lines: [
      "M13 79C11 71 20 69 31 66C43 62 48 55 49 45L51 14L80 14L82 58L84 74",
      "M13 79C32 83 52 79 64 74L84 74L85 86L69 86L67 80C50 87 30 88 14 86Z",
      "M51 22L80 22",
      "M49 45C58 48 70 48 81 45",
    ],
  },
  {
    name: "Handbag",
    lines: [
      "M17 45L83 45C86 58 88 72 88 83C62 88 38 88 12 83C12 72 14 58 17 45Z",
      "M31 45C31 14 69 14 69 45",
      "M36 45C36 21 64 21 64 45",
      "M17 45C28 66 72 66 83 45",
      "M46 58L54 58L54 66L46 66Z",
    ],
  },
  {
    name: "Tote",
    lines: [
      "M20 38L80 38L87 88L13 88Z",
      "M33 38C33 8 67 8 67 38",
      "M38 38C38 16 62 16 62 38",
      "M18 52L82 52",
      "M42 52L42 88",
    ],
  },
];

const BOX = 100;
const STEP = 1.5;

/** The strokes of a starter, as if drawn on a pad so many pixels wide. */
export function strokesOf({ lines }: Starter, pad: number, strokeWidth: number): Stroke[] {
  const factor = pad / BOX;
  return lines.map((line) => {
    const path = document.createElementNS("http://www.w3.org/2000/svg", "path");
    path.setAttribute("d", line);
    const length = path.getTotalLength();
    const count = Math.max(1, Math.ceil(length / STEP));
    const paths = Array.from({ length: count + 1 }, (_, index) => {
      const { x, y } = path.getPointAtLength((length * index) / count);
      return { x: factor * x, y: factor * y };
    });
    return { paths, strokeWidth, drawMode: true };
  });
}
