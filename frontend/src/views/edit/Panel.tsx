import type { Domain } from "../../api/faces";
import { Button } from "../../components/Button";
import { Icon } from "../../components/Icon";
import { Switch } from "../../components/Switch";
import { controlsOf, toggle, type Wishes } from "./changes";
import { ExclusiveChoice } from "./ExclusiveChoice";
import styles from "./Panel.module.css";
import type { Editing } from "./useEditing";
import { switchText } from "./words";

interface PanelProps {
  domain: Domain | undefined;
  editing: Editing;
  wishes: Wishes;
  onWishes: (wishes: Wishes) => void;
}

/** The photo's attributes, and what is wished to be different. */
export function Panel({ domain, editing, wishes, onWishes }: PanelProps) {
  const count = Object.keys(editing.changes).length;
  return (
    <section className={styles.panel} aria-labelledby="attributes-title">
      <header className={styles.header}>
        <div>
          <h2 id="attributes-title">Attributes</h2>
          <p>{editing.source ? summary(count) : "Of the photo, as predicted"}</p>
        </div>
        <Button
          look="quiet"
          disabled={Object.keys(wishes).length === 0}
          onClick={() => onWishes({})}
        >
          <Icon name="reset" />
          Reset
        </Button>
      </header>
      <PanelBody domain={domain} editing={editing} wishes={wishes} onWishes={onWishes} />
    </section>
  );
}

function summary(changes: number): string {
  return changes === 0 ? "All as in the photo" : `${changes} changed`;
}

function PanelBody({ domain, editing, wishes, onWishes }: PanelProps) {
  const { source, changes, readError } = editing;
  if (readError) {
    return <p className={styles.empty}>They appear here once a photo has been read.</p>;
  }
  if (!domain || !source) return <Skeleton />;
  const { choices, toggles } = controlsOf(domain);
  const photo = source.attributes;
  return (
    <div className={styles.body}>
      {choices.map((choice) => (
        <ExclusiveChoice
          key={choice.label}
          choice={choice}
          photo={photo}
          wishes={wishes}
          onWishes={onWishes}
        />
      ))}
      <div className={styles.toggles}>
        {toggles.map(({ name, label }) => (
          <Switch
            key={name}
            label={label}
            checked={wishes[name] ?? photo[name] ?? false}
            changed={name in changes}
            description={switchText(
              photo[name] ?? false,
              source.probabilities[name],
              name in changes,
            )}
            onToggle={() => onWishes(toggle(wishes, photo, name))}
          />
        ))}
      </div>
    </div>
  );
}

function Skeleton() {
  return (
    <div className={styles.skeleton} aria-hidden="true">
      {[1, 2, 3, 4, 5, 6].map((row) => (
        <span key={row} />
      ))}
    </div>
  );
}
