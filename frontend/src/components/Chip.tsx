import type { ReactNode } from "react";
import styles from "./Chip.module.css";

export type Tone = "plain" | "good" | "busy" | "bad";

/** A word on how something stands; its tone only repeats what it says. */
export function Chip({ tone = "plain", children }: { tone?: Tone; children: ReactNode }) {
  return (
    <span className={styles.chip} data-tone={tone}>
      {children}
    </span>
  );
}
