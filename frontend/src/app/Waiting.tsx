import { useSyncExternalStore } from "react";
import { onWaiting, waitingFor } from "../api/patience";
import styles from "./Waiting.module.css";

/** Says that the service is busy, for as long as something on the page waits to be asked again. */
export function Waiting() {
  const seconds = useSyncExternalStore(onWaiting, waitingFor);
  return (
    <div className={styles.place} role="status">
      {seconds !== null && (
        <p className={styles.note}>
          The service is busy. This page asks again by itself in {seconds} s.
        </p>
      )}
    </div>
  );
}
