import styles from "./Bar.module.css";

/** How much of something is done: the browser's own progress, drawn as the page draws. */
export function Bar({ value, max, label }: { value: number; max: number; label: string }) {
  return <progress className={styles.bar} value={value} max={max} aria-label={label} />;
}
