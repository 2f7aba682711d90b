import { type ReactNode, useId } from "react";
import styles from "./Choices.module.css";

export interface Choice {
  value: string;
  label: string;
  detail?: ReactNode;
  /** What speaks against it; a setting may help, so it can be chosen all the same. */
  problem?: string;
}

interface ChoicesProps {
  legend: string;
  choices: readonly Choice[];
  value: string;
  onChange: (value: string) => void;
  /** In rows of several, where they are short. */
  short?: boolean;
}

/** One of some, each with a line on what it is: real radio buttons. */
export function Choices({ legend, choices, value, onChange, short = false }: ChoicesProps) {
  const name = useId();
  return (
    <fieldset className={styles.group}>
      <legend className={styles.legend}>{legend}</legend>
      <div className={short ? styles.short : styles.list}>
        {choices.map((choice) => (
          <label
            key={choice.value}
            className={styles.choice}
            data-problem={choice.problem ? true : undefined}
          >
            <input
              type="radio"
              name={name}
              checked={choice.value === value}
              onChange={() => onChange(choice.value)}
            />
            <span className={styles.label}>{choice.label}</span>
            {(choice.problem || choice.detail) && (
              <span className={styles.detail}>{choice.problem || choice.detail}</span>
            )}
          </label>
        ))}
      </div>
    </fieldset>
  );
}
