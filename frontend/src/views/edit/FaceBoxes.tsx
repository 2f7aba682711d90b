import type { Face, FaceList } from "../../api/photos";
import styles from "./FaceBoxes.module.css";
import { boxOf } from "./faces";

interface FaceBoxesProps {
  faces: FaceList;
  face: Face;
  onFace: (face: Face) => void;
}

/** Outlines of the faces over the photo; of several, one can be pointed at, and once more for all of them. */
export function FaceBoxes({ faces, face, onFace }: FaceBoxesProps) {
  const places = faces.faces.map((_, index) => index);
  if (places.length === 1) {
    return <span className={styles.box} style={boxOf(faces, 0)} aria-hidden="true" />;
  }
  return places.map((index) => (
    <button
      key={index}
      type="button"
      className={styles.box}
      style={boxOf(faces, index)}
      data-left-out={(face !== "all" && face !== index) || undefined}
      aria-label={`Edit face ${index + 1} alone`}
      aria-pressed={face === index}
      onClick={() => onFace(face === index ? "all" : index)}
    >
      <span className={styles.number}>{index + 1}</span>
    </button>
  ));
}
