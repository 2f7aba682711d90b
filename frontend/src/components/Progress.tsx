import styles from "./Progress.module.css";

interface ProgressProps {
  label: string;
  /** From 0 to 1; undefined where nobody knows how long it takes. */
  part?: number | undefined;
}

export function Progress({ label, part }: ProgressProps) {
  return <progress className={styles.progress} aria-label={label} max={1} value={part} />;
}
