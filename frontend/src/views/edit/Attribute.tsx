import type { Domain } from "../../api/photos";
import { Strength } from "../../components/Strength";
import { Switch } from "../../components/Switch";
import styles from "./Attribute.module.css";
import type { ControlsProps } from "./Controls";
import { toggle } from "./changes";
import { STRONGEST, withStrength, withWishes } from "./settings";
import { switchText } from "./words";

type AttributeProps = ControlsProps & { attribute: Domain["attributes"][number] };

/** One attribute by itself: as in the photo or not, and how strongly. */
export function Attribute({ attribute, source, setting, wanted }: AttributeProps) {
  const { name, label } = attribute;
  const { settings, set } = setting;
  const inPhoto = source.attributes[name] ?? false;
  const isChanged = name in wanted.changes;
  return (
    <div className={styles.attribute} data-changed={isChanged || undefined}>
      <Switch
        label={label}
        checked={settings.wishes[name] ?? inPhoto}
        changed={isChanged}
        description={switchText(inPhoto, source.probabilities[name], isChanged)}
        onToggle={() => set(withWishes(settings, toggle(settings.wishes, source.attributes, name)))}
      />
      {isChanged && <StrengthOf name={name} label={label} setting={setting} />}
    </div>
  );
}

interface StrengthOfProps extends Pick<ControlsProps, "setting"> {
  name: string;
  label: string;
}

export function StrengthOf({ name, label, setting }: StrengthOfProps) {
  const { settings, set, letGo } = setting;
  return (
    <div className={styles.strength}>
      <Strength
        label="Strength"
        name={label}
        value={settings.strengths[name] ?? 1}
        most={STRONGEST}
        onChange={(value) => set(withStrength(settings, name, value), name)}
        onLetGo={letGo}
      />
    </div>
  );
}
