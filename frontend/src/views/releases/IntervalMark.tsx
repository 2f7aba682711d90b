import type { Metric } from "../../api/releases";
import styles from "./IntervalMark.module.css";
import { place, type Range } from "./scores";

/** A dot and its interval on a scale that the column shares; the numbers stand beside it. */
export function IntervalMark({
  metric,
  range,
  strong,
}: {
  metric: Metric;
  range: Range;
  strong: boolean;
}) {
  const at = (value: number) => `${100 * place(value, range)}%`;
  const width = 100 * (place(metric.high, range) - place(metric.low, range));
  return (
    <span className={styles.track} aria-hidden="true" data-strong={strong || undefined}>
      <span className={styles.interval} style={{ left: at(metric.low), width: `${width}%` }} />
      <span className={styles.dot} style={{ left: at(metric.value) }} />
    </span>
  );
}
