import { type InputHTMLAttributes, type ReactNode, useId } from "react";
import styles from "./Field.module.css";
import { Hidden } from "./Hidden";

interface FieldProps extends Omit<InputHTMLAttributes<HTMLInputElement>, "onChange" | "value"> {
  label: string;
  value: string;
  onChange: (value: string) => void;
  hint?: ReactNode;
  /** What is wrong with the value, in the service's words where it said so. */
  problem?: string | undefined;
  /** Offered while one types; anything else may be entered as well. */
  choices?: readonly string[];
}

/** A line of text with its label, a hint and what is wrong with it, which screen readers read along. */
export function Field({ label, value, onChange, hint, problem, choices, ...input }: FieldProps) {
  const id = useId();
  const described = [hint && `${id}-hint`, problem && `${id}-problem`].filter(Boolean).join(" ");
  return (
    <div className={styles.field}>
      <label className={styles.label} htmlFor={id}>
        {label}
      </label>
      <input
        id={id}
        className={styles.input}
        value={value}
        onChange={(event) => onChange(event.target.value)}
        aria-describedby={described || undefined}
        aria-invalid={problem ? true : undefined}
        list={choices ? `${id}-choices` : undefined}
        autoComplete="off"
        spellCheck={false}
        {...input}
      />
      {choices && (
        <datalist id={`${id}-choices`}>
          {choices.map((choice) => (
            <option key={choice} value={choice} />
          ))}
        </datalist>
      )}
      {hint && (
        <p className={styles.hint} id={`${id}-hint`}>
          {hint}
        </p>
      )}
      {problem && (
        <p className={styles.problem} id={`${id}-problem`} role="alert">
          {problem}
        </p>
      )}
    </div>
  );
}

interface SelectProps<Value extends string> {
  label: string;
  value: Value;
  options: readonly { value: Value; label: string }[];
  onChange: (value: Value) => void;
  hint?: ReactNode;
  /** A label that is only read out, where the place says what is chosen. */
  quiet?: boolean;
}

export function SelectField<Value extends string>(props: SelectProps<Value>) {
  const id = useId();
  return (
    <div className={styles.field}>
      <label className={styles.label} htmlFor={id}>
        {props.quiet ? <Hidden>{props.label}</Hidden> : props.label}
      </label>
      <div className={styles.select}>
        <select
          id={id}
          value={props.value}
          onChange={(event) => props.onChange(event.target.value as Value)}
        >
          {props.options.map((option) => (
            <option key={option.value} value={option.value}>
              {option.label}
            </option>
          ))}
        </select>
      </div>
      {props.hint && <p className={styles.hint}>{props.hint}</p>}
    </div>
  );
}
