import { useState } from "react";
import type { Change } from "../../api/studies";
import { Button } from "../../components/Button";
import { Icon } from "../../components/Icon";
import { Section } from "../../components/Page";
import { combined, type EditOption, keyOf, labelOf } from "./edits";
import styles from "./Study.module.css";

interface EditChoiceProps {
  options: EditOption[];
  chosen: Change[];
  onChoose: (edits: Change[]) => void;
}

/** Which edits are made of every photo, each a question of its own: of one attribute, or of several at once. */
export function EditChoice({ options, chosen, onChoose }: EditChoiceProps) {
  const keys = chosen.map(keyOf);
  const toggle = (change: Change) =>
    onChoose(
      keys.includes(keyOf(change))
        ? chosen.filter((each) => keyOf(each) !== keyOf(change))
        : [...chosen, change],
    );
  const several = chosen.filter((change) => Object.keys(change).length > 1);
  return (
    <Section title="Edits" note="Each is made of every photo, by every release.">
      <Chips
        options={options}
        isChecked={({ change }) => keys.includes(keyOf(change))}
        onToggle={({ change }) => toggle(change)}
      />
      {several.length > 0 && (
        <ul className={styles.chips} aria-label="Edits of several attributes">
          {several.map((change) => (
            <li key={keyOf(change)} className={styles.chip} data-chosen>
              {labelOf(change, options)}
              <Button
                look="quiet"
                aria-label={`Remove ${labelOf(change, options)}`}
                onClick={() => toggle(change)}
              >
                <Icon name="close" />
              </Button>
            </li>
          ))}
        </ul>
      )}
      {options.length > 2 && (
        <Combination
          options={options}
          onAdd={(change) => keys.includes(keyOf(change)) || onChoose([...chosen, change])}
        />
      )}
    </Section>
  );
}

interface CombinationProps {
  options: EditOption[];
  onAdd: (change: Change) => void;
}

/** Puts together an edit of several attributes; what excludes the last one chosen gives way to it. */
function Combination({ options, onAdd }: CombinationProps) {
  const [change, setChange] = useState<Change>({});
  const amount = Object.keys(change).length;
  const add = () => {
    onAdd(change);
    setChange({});
  };
  return (
    <details className={styles.combination}>
      <summary>Several changes as one edit</summary>
      <fieldset>
        <legend className={styles.note}>
          Choose what is changed together; it is shown to voters as one edit.
        </legend>
        <Chips
          options={options}
          isChecked={(option) =>
            Object.entries(option.change).every(([name, value]) => change[name] === value)
          }
          onToggle={(option) => setChange(combined(change, option, options))}
        />
      </fieldset>
      <div className={styles.submit}>
        <p className={styles.muted} aria-live="polite">
          {amount > 0 ? labelOf(change, options) : "Nothing is chosen yet."}
        </p>
        <Button disabled={amount < 2} onClick={add}>
          Add as one edit
        </Button>
      </div>
    </details>
  );
}

interface ChipsProps {
  options: EditOption[];
  isChecked: (option: EditOption) => boolean;
  onToggle: (option: EditOption) => void;
}

/** Those that set an attribute, and beneath them those that take one away. */
function Chips({ options, isChecked, onToggle }: ChipsProps) {
  const clears = ({ change }: EditOption) => Object.values(change).includes(false);
  const rows = [options.filter((each) => !clears(each)), options.filter(clears)];
  return rows
    .filter((row) => row.length > 0)
    .map((row) => (
      <div key={row[0]?.label} className={styles.chips}>
        {row.map((option) => (
          <label key={option.label} className={styles.chip}>
            <input type="checkbox" checked={isChecked(option)} onChange={() => onToggle(option)} />
            {option.label}
          </label>
        ))}
      </div>
    ));
}
