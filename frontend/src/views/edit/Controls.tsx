import type { Domain, PhotoAttributes, Wanted } from "../../api/photos";
import { Attribute } from "./Attribute";
import styles from "./Controls.module.css";
import { controlsOf } from "./changes";
import { ExclusiveChoice } from "./ExclusiveChoice";
import { FolderChoice } from "./FolderChoice";
import type { Setting } from "./useSettings";

export interface ControlsProps {
  domain: Domain;
  source: PhotoAttributes;
  wanted: Wanted;
  setting: Setting;
}

/** What can be changed: choices and switches of attributes, or which folder the photo is turned into. */
export function Controls(props: ControlsProps) {
  const { domain } = props;
  if (domain.kind !== "attributes") return <FolderChoice {...props} />;
  const { choices, toggles } = controlsOf(domain);
  return (
    <div className={styles.controls}>
      {choices.map((choice) => (
        <ExclusiveChoice key={choice.label} choice={choice} {...props} />
      ))}
      <div className={styles.toggles}>
        {toggles.map((attribute) => (
          <Attribute key={attribute.name} attribute={attribute} {...props} />
        ))}
      </div>
    </div>
  );
}
