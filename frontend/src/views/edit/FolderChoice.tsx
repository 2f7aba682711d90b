import { Segmented } from "../../components/Segmented";
import { StrengthOf } from "./Attribute";
import type { ControlsProps } from "./Controls";
import styles from "./ExclusiveChoice.module.css";
import { withWishes } from "./settings";
import { folderNote } from "./words";

/** Of a domain of folders, such as seasons: which of them the photo is turned into. */
export function FolderChoice({ domain, source, wanted, setting }: ControlsProps) {
  const { settings, set } = setting;
  const [target = ""] = Object.keys(wanted.changes);
  const label = domain.attributes.find(({ name }) => name === target)?.label ?? target;
  return (
    <div>
      <Segmented
        legend="Turn it into"
        changed
        note={<p className={styles.note}>{folderNote(domain, source, target)}</p>}
        options={domain.attributes.map((each) => ({ value: each.name, label: each.label }))}
        value={target}
        onChange={(name) => set(withWishes(settings, { [name]: true }))}
      />
      {domain.adjustable && <StrengthOf name={target} label={label} setting={setting} />}
    </div>
  );
}
