import { Segmented } from "../../components/Segmented";
import type { Choices } from "./choices";
import styles from "./Folder.module.css";

interface FolderProps {
  choices: Choices;
  onChoices: (choices: Choices) => void;
  disabled: boolean;
}

/** Photos may lie on the service's own machine, where whoever runs it allows that. */
export function Folder({ choices, onChoices, disabled }: FolderProps) {
  const { folder } = choices;
  return (
    <div className={styles.folder}>
      <Segmented
        legend="Where the photos are"
        quiet
        disabled={disabled}
        options={[
          { value: "here", label: "On this device" },
          { value: "there", label: "In a folder of the service" },
        ]}
        value={folder === null ? "here" : "there"}
        onChange={(where) => onChoices({ ...choices, folder: where === "here" ? null : "" })}
      />
      {folder !== null && (
        <section className={styles.card} aria-label="Folder of the service">
          <label>
            Folder
            <input
              value={folder}
              disabled={disabled}
              placeholder="/photos/holiday"
              spellCheck={false}
              onChange={(event) => onChoices({ ...choices, folder: event.target.value })}
            />
          </label>
          <label>
            Results also into (optional)
            <input
              value={choices.into}
              disabled={disabled}
              placeholder="/edited/holiday"
              spellCheck={false}
              onChange={(event) => onChoices({ ...choices, into: event.target.value })}
            />
          </label>
          <p>
            With all folders in it. Only what <code>INIT_FOLDERS</code> allows; the photos stay
            where they are.
          </p>
        </section>
      )}
    </div>
  );
}
