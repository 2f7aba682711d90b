import styles from "./Study.module.css";
import type { EditOption } from "./words";

interface EditChoiceProps {
  options: EditOption[];
  chosen: string[];
  onChoose: (keys: string[]) => void;
}

/** Which edits are made of every photo, each a question of its own. */
export function EditChoice({ options, chosen, onChoose }: EditChoiceProps) {
  const toggle = (key: string) =>
    onChoose(chosen.includes(key) ? chosen.filter((each) => each !== key) : [...chosen, key]);
  return (
    <fieldset className={styles.card}>
      <legend className={styles.legend}>Edits</legend>
      <p className={styles.muted}>Each is made of every photo, by every release.</p>
      <div className={styles.chips}>
        {options.map(({ key, label }) => (
          <label key={key} className={styles.chip}>
            <input type="checkbox" checked={chosen.includes(key)} onChange={() => toggle(key)} />
            {label}
          </label>
        ))}
      </div>
    </fieldset>
  );
}
