import type { Domain } from "../../api/bulk";
import { Button } from "../../components/Button";
import type { Choices } from "./choices";
import styles from "./Details.module.css";
import type { Format } from "./order";

interface DetailsProps {
  domain: Domain;
  choices: Choices;
  onChoices: (choices: Choices) => void;
}

/** What most people leave as it is. */
export function Details({ domain, choices, onChoices }: DetailsProps) {
  return (
    <details className={styles.details}>
      <summary>Format, strength and more</summary>
      <div className={styles.fields}>
        <label className={styles.field}>
          Format
          <select
            value={choices.format ?? ""}
            onChange={(event) =>
              onChoices({ ...choices, format: (event.target.value || null) as Format | null })
            }
          >
            <option value="">As each photo</option>
            {domain.formats.map((name) => (
              <option key={name} value={name}>
                {name === "webp" ? "WebP" : name.toUpperCase()}
              </option>
            ))}
          </select>
        </label>
        {domain.adjustable && (
          <label className={styles.field}>
            <span>
              Strength <output>{Math.round(choices.strength * 100)} %</output>
            </span>
            <input
              type="range"
              min={0}
              max={2}
              step={0.05}
              value={choices.strength}
              onChange={(event) => onChoices({ ...choices, strength: Number(event.target.value) })}
            />
          </label>
        )}
        {domain.aligns && (
          <label className={styles.check}>
            <input
              type="checkbox"
              checked={choices.aligned}
              onChange={(event) => onChoices({ ...choices, aligned: event.target.checked })}
            />
            Photos are framed like portraits, so look for no faces
          </label>
        )}
        <Table choices={choices} onChoices={onChoices} />
      </div>
    </details>
  );
}

function Table({ choices, onChoices }: Omit<DetailsProps, "domain">) {
  return (
    <div className={styles.table}>
      <label className={styles.file}>
        <span>A table of targets</span>
        <input
          type="file"
          accept=".csv,.jsonl,.ndjson,text/csv"
          onChange={(event) => {
            const [table] = event.target.files ?? [];
            event.target.value = "";
            if (table) onChoices({ ...choices, table });
          }}
        />
      </label>
      {choices.table ? (
        <p className={styles.chosen}>
          <span>{choices.table.name}</span>
          <Button look="quiet" onClick={() => onChoices({ ...choices, table: null })}>
            Remove
          </Button>
        </p>
      ) : (
        <p className={styles.hint}>
          To change each photo in its own way: CSV such as <code>filename,Smiling,Eyeglasses</code>,
          or JSONL. Photos that it leaves out get the choice above.
        </p>
      )}
    </div>
  );
}
