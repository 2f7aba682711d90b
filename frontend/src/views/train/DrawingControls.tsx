import { useId } from "react";
import styles from "./DrawingControls.module.css";
import type { Drawing } from "./log";

/** How the curves of a page are drawn. */
export function DrawingControls({
  drawing,
  onChange,
}: {
  drawing: Drawing;
  onChange: (drawing: Drawing) => void;
}) {
  const id = useId();
  return (
    <fieldset className={styles.controls}>
      <legend className={styles.legend}>Curves</legend>
      <label htmlFor={id}>Smoothing</label>
      <input
        id={id}
        type="range"
        min={0}
        max={0.99}
        step={0.01}
        value={drawing.smoothing}
        onChange={(event) => onChange({ ...drawing, smoothing: Number(event.target.value) })}
      />
      <output htmlFor={id} className={styles.value}>
        {drawing.smoothing.toFixed(2)}
      </output>
      <label className={styles.log}>
        <input
          type="checkbox"
          checked={drawing.log}
          onChange={(event) => onChange({ ...drawing, log: event.target.checked })}
        />
        Logarithmic scale
      </label>
    </fieldset>
  );
}
