import type { ReactNode } from "react";
import styles from "./Hidden.module.css";

/** Text for screen readers alone. */
export function Hidden({ children }: { children: ReactNode }) {
  return <span className={styles.hidden}>{children}</span>;
}

/** Says each new message once, without moving the focus. */
export function Live({ message }: { message: string }) {
  return (
    <div className={styles.hidden} role="status">
      {message}
    </div>
  );
}
