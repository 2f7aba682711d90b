import type { Preset } from "../../api/train";
import { Button } from "../../components/Button";
import { Field } from "../../components/Field";
import { commonOf, type Draft, type Problems } from "./order";
import styles from "./Settings.module.css";

interface SettingsProps {
  draft: Draft;
  preset: Preset | undefined;
  problems: Problems;
  onChange: (part: Partial<Draft>) => void;
}

/** What is to be other than in the preset: the common fields by themselves, any other by its name. */
export function Settings({ draft, preset, problems, onChange }: SettingsProps) {
  return (
    <div className={styles.settings}>
      <div className={styles.common}>
        {commonOf(preset).map(({ name, label, whole, field }) => (
          <Field
            key={name}
            label={label}
            inputMode={whole ? "numeric" : "decimal"}
            value={draft.common[name] ?? ""}
            onChange={(value) => onChange({ common: { ...draft.common, [name]: value } })}
            placeholder={String(field.value)}
            problem={problems[name]}
          />
        ))}
      </div>
      <Extras draft={draft} preset={preset} problems={problems} onChange={onChange} />
    </div>
  );
}

function Extras({ draft, preset, problems, onChange }: SettingsProps) {
  const { extras } = draft;
  const put = (id: number, part: Partial<(typeof extras)[number]>) =>
    onChange({ extras: extras.map((each) => (each.id === id ? { ...each, ...part } : each)) });
  const add = () =>
    onChange({ extras: [...extras, { id: (extras.at(-1)?.id ?? 0) + 1, name: "", value: "" }] });
  const common = commonOf(preset).map(({ name }) => name);
  const names = preset?.fields.map(({ name }) => name).filter((name) => !common.includes(name));
  return (
    <details className={styles.advanced} open={extras.length > 0 || undefined}>
      <summary>Advanced: any field of the preset</summary>
      <div className={styles.extras}>
        {extras.map(({ id, name, value }) => {
          const field = preset?.fields.find((each) => each.name === name.trim());
          return (
            <div key={id} className={styles.extra}>
              <Field
                label="Field"
                value={name}
                onChange={(text) => put(id, { name: text })}
                choices={names ?? []}
                placeholder="options.cap"
                hint={field?.description}
              />
              <Field
                label="Value"
                value={value}
                onChange={(text) => put(id, { value: text })}
                placeholder={field ? JSON.stringify(field.value) : ""}
                problem={problems[name.trim()]}
              />
              <Button
                look="quiet"
                aria-label={`Remove ${name || "this field"}`}
                onClick={() => onChange({ extras: extras.filter((each) => each.id !== id) })}
              >
                Remove
              </Button>
            </div>
          );
        })}
        <Button onClick={add}>Add a field</Button>
      </div>
    </details>
  );
}
