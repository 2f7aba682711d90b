import styles from "./Framing.module.css";

/** What this release is good at, said before somebody is disappointed. */
export function Framing() {
  return (
    <p className={styles.note}>
      Faces are found wherever they are in a photo, up to 16 of them, and edited best when they look
      into the camera.
    </p>
  );
}
