import { Section } from "../../components/Page";
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
  const isClearing = ({ key }: EditOption) => key.endsWith("-");
  const rows = [options.filter((each) => !isClearing(each)), options.filter(isClearing)];
  return (
    <Section title="Edits" note="Each is made of every photo, by every release.">
      {rows.map((row) => (
        <div key={row[0]?.key} className={styles.chips}>
          {row.map(({ key, label }) => (
            <label key={key} className={styles.chip}>
              <input type="checkbox" checked={chosen.includes(key)} onChange={() => toggle(key)} />
              {label}
            </label>
          ))}
        </div>
      ))}
    </Section>
  );
}
