import type { Domain } from "../../api/bulk";
import { Segmented } from "../../components/Segmented";
import { capital, withoutGroup } from "../../components/words";
import { set } from "./choices";
import type { Target } from "./order";
import styles from "./TargetChoice.module.css";

type Attribute = Domain["attributes"][number];

interface TargetChoiceProps {
  domain: Domain;
  target: Target;
  onTarget: (target: Target) => void;
}

/** Each attribute yes, no, or as each photo has it; those that exclude each other are one choice. */
export function TargetChoice({ domain, target, onTarget }: TargetChoiceProps) {
  const exclusive = new Set(domain.exclusive.flat());
  const change = (name: string, value: boolean | null) =>
    onTarget(set(target, domain, name, value));
  return (
    <div className={styles.target}>
      {domain.exclusive.map((names) => (
        <OneOf
          key={names.join()}
          options={domain.attributes.filter(({ name }) => names.includes(name))}
          needed={domain.kind !== "attributes"}
          target={target}
          onChange={change}
        />
      ))}
      <div className={styles.rows}>
        {domain.attributes
          .filter(({ name }) => !exclusive.has(name))
          .map((attribute) => (
            <YesNo
              key={attribute.name}
              attribute={attribute}
              value={target[attribute.name]}
              onChange={change}
            />
          ))}
      </div>
    </div>
  );
}

type OnChange = (name: string, value: boolean | null) => void;

interface OneOfProps {
  options: Attribute[];
  /** Of a domain of folders one has to be chosen, so "as it is" is none of the choices. */
  needed: boolean;
  target: Target;
  onChange: OnChange;
}

function OneOf({ options, needed, target, onChange }: OneOfProps) {
  const group = options[0]?.group ?? "";
  const chosen = options.find(({ name }) => target[name])?.name ?? null;
  const named = options.map(({ name, label }) => ({
    value: name,
    label: withoutGroup(label, group),
  }));
  return (
    <Segmented<string | null>
      legend={needed ? "Into" : capital(group)}
      changed={chosen !== null}
      options={needed ? named : [{ value: null, label: "As it is" }, ...named]}
      value={chosen}
      onChange={(name) => {
        if (name !== null) onChange(name, true);
        else if (chosen !== null) onChange(chosen, null);
      }}
    />
  );
}

interface YesNoProps {
  attribute: Attribute;
  value: boolean | undefined;
  onChange: OnChange;
}

function YesNo({ attribute: { name, label }, value, onChange }: YesNoProps) {
  const chosen = value === undefined ? null : value ? "yes" : "no";
  return (
    <div className={styles.row} data-changed={chosen !== null || undefined}>
      <span className={styles.label} aria-hidden="true">
        {label}
      </span>
      <Segmented<"yes" | "no" | null>
        legend={label}
        quiet
        changed={chosen !== null}
        options={[
          { value: null, label: "As it is" },
          { value: "yes", label: "Yes" },
          { value: "no", label: "No" },
        ]}
        value={chosen}
        onChange={(picked) => onChange(name, picked === null ? null : picked === "yes")}
      />
    </div>
  );
}
