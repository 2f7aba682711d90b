import styles from "./Strength.module.css";

interface StrengthProps {
  label: string;
  /** Of what, for a screen reader, where the label alone does not say it. */
  name?: string;
  value: number;
  most: number;
  /** As it moves. */
  onChange: (value: number) => void;
  onLetGo?: () => void;
}

const STEP = 0.05;

/** How far a change goes, from nothing over what was trained (the mark in the middle) to twice that. */
export function Strength({ label, name, value, most, onChange, onLetGo }: StrengthProps) {
  const percent = `${Math.round(100 * value)} %`;
  return (
    <label className={styles.row}>
      <span className={styles.label}>{label}</span>
      <input
        className={styles.slider}
        type="range"
        min={0}
        max={most}
        step={STEP}
        value={value}
        aria-label={name ? `${label} of ${name}` : undefined}
        aria-valuetext={percent}
        onChange={(event) => onChange(Number(event.target.valueAsNumber.toFixed(2)))}
        onPointerUp={onLetGo}
        onKeyUp={onLetGo}
        onBlur={onLetGo}
      />
      <output className={styles.value} aria-hidden="true">
        {percent}
      </output>
    </label>
  );
}
