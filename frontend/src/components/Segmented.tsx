import { type ReactNode, useId } from "react";
import { Hidden } from "./Hidden";
import styles from "./Segmented.module.css";

interface Option<Value> {
  value: Value;
  label: string;
  /** Shown before the label; where space is short, in its place. */
  icon?: ReactNode;
}

interface SegmentedProps<Value> {
  legend: string;
  /** A legend that is only read out, where the place already says what is chosen. */
  quiet?: boolean;
  options: Option<Value>[];
  value: Value;
  onChange: (value: Value) => void;
  /** Marks the choice as one that differs from the photo. */
  changed?: boolean;
  note?: ReactNode;
  disabled?: boolean;
}

/** One of a few: real radio buttons, so arrow keys and screen readers work as people know them. */
export function Segmented<Value extends string | null>(props: SegmentedProps<Value>) {
  const name = useId();
  return (
    <fieldset
      className={styles.group}
      disabled={props.disabled}
      data-changed={props.changed || undefined}
    >
      {props.quiet ? (
        <legend>
          <Hidden>{props.legend}</Hidden>
        </legend>
      ) : (
        <legend className={styles.legend}>{props.legend}</legend>
      )}
      {props.note}
      <div className={styles.track}>
        {props.options.map((option) => (
          <label key={option.value ?? ""} className={styles.option}>
            <input
              type="radio"
              name={name}
              checked={option.value === props.value}
              onChange={() => props.onChange(option.value)}
            />
            {option.icon}
            <span className={option.icon ? styles.text : undefined}>{option.label}</span>
          </label>
        ))}
      </div>
    </fieldset>
  );
}
