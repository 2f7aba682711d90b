import { useId } from "react";
import styles from "./Switch.module.css";

interface SwitchProps {
  label: string;
  checked: boolean;
  /** Whether the value differs from what it was; a changed switch takes the accent. */
  changed: boolean;
  description: string;
  onToggle: () => void;
}

export function Switch({ label, checked, changed, description, onToggle }: SwitchProps) {
  const id = useId();
  return (
    <label className={styles.row} data-changed={changed || undefined}>
      <span className={styles.words}>
        <span className={styles.label} id={`${id}-label`}>
          {label}
        </span>
        <span className={styles.description} id={`${id}-description`}>
          {description}
        </span>
      </span>
      <input
        className={styles.input}
        type="checkbox"
        // biome-ignore lint/a11y/useAriaPropsForRole: a checkbox says by itself whether it is checked
        role="switch"
        checked={checked}
        onChange={onToggle}
        aria-labelledby={`${id}-label`}
        aria-describedby={`${id}-description`}
      />
    </label>
  );
}
