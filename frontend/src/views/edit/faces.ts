/** Faces in a photo: where they are, whatever size it is shown at. */
import type { FaceList } from "../../api/photos";

type Shares = { left: string; top: string; width: string; height: string };

/** A face's box in percent of the photo. */
export function boxOf({ faces, width, height }: FaceList, index: number): Shares {
  const [left = 0, top = 0, right = 0, bottom = 0] = faces[index]?.box ?? [];
  const share = (part: number, whole: number) => `${(100 * part) / whole}%`;
  return {
    left: share(left, width),
    top: share(top, height),
    width: share(right - left, width),
    height: share(bottom - top, height),
  };
}

/** The place in another list, of the same photo at another size, of the face that is at this one. */
export function nearestFace(seen: FaceList, face: number, found: FaceList): number {
  const [x, y] = middle(seen, face);
  const distances = found.faces.map((_, index) => {
    const [otherX, otherY] = middle(found, index);
    return Math.hypot(otherX - x, otherY - y);
  });
  const nearest = distances.indexOf(Math.min(...distances));
  return nearest < 0 ? face : nearest;
}

function middle({ faces, width, height }: FaceList, index: number): [number, number] {
  const [left = 0, top = 0, right = 0, bottom = 0] = faces[index]?.box ?? [];
  return [(left + right) / 2 / width, (top + bottom) / 2 / height];
}
