import styles from "./Framing.module.css";

/** What this release is good at, said before somebody is disappointed. */
export function Framing() {
  return (
    <p className={styles.note}>
      This release edits portraits framed like the samples: the face centred, filling about half of
      the frame.
    </p>
  );
}
