import type { Domain } from "../../api/photos";
import { Button } from "../../components/Button";
import { Hidden } from "../../components/Hidden";
import { Icon } from "../../components/Icon";
import { Notice } from "../../components/Notice";
import { Controls } from "./Controls";
import { FaceChoice } from "./FaceChoice";
import { Pad } from "./Pad";
import styles from "./Panel.module.css";
import type { Photo } from "./photo";
import { isSame, NOTHING } from "./settings";
import { Tools } from "./Tools";
import type { Editing } from "./useEditing";
import type { Setting } from "./useSettings";

interface PanelProps {
  photo: Photo;
  domain: Domain | undefined;
  editing: Editing;
  setting: Setting;
}

/** What the photo shows, and what is to be different. */
export function Panel(props: PanelProps) {
  const { domain, editing, setting } = props;
  const { settings, set, undo, redo } = setting;
  const count = Object.keys(editing.wanted.changes).length;
  const isFolders = domain !== undefined && domain.kind !== "attributes";
  return (
    <section className={styles.panel} aria-labelledby="attributes-title">
      <header className={styles.header}>
        <div>
          <h2 id="attributes-title">{isFolders ? "Translation" : "Attributes"}</h2>
          {!isFolders && <p>{editing.source ? summary(count) : "As predicted"}</p>}
        </div>
        <div className={styles.deeds}>
          <Button look="quiet" disabled={!undo} onClick={() => undo?.()} title="Undo (Ctrl+Z)">
            <Icon name="undo" />
            <Hidden>Undo</Hidden>
          </Button>
          <Button
            look="quiet"
            disabled={!redo}
            onClick={() => redo?.()}
            title="Redo (Ctrl+Shift+Z)"
          >
            <Icon name="redo" />
            <Hidden>Redo</Hidden>
          </Button>
          <Button look="quiet" disabled={isSame(settings, NOTHING)} onClick={() => set(NOTHING)}>
            Reset
          </Button>
        </div>
      </header>
      <PanelBody {...props} />
    </section>
  );
}

function summary(changes: number): string {
  return changes === 0 ? "All as in the photo" : `${changes} changed`;
}

function PanelBody({ photo, domain, editing, setting }: PanelProps) {
  const { source, wanted, readError, faces, facesError, subject, retry } = editing;
  if (readError) {
    return <p className={styles.empty}>They appear here once a photo has been read.</p>;
  }
  if (!domain || !source || !subject) return <Skeleton />;
  const controls = { domain, source, wanted, setting };
  return (
    <>
      {facesError && (
        <Notice title="Whose face it is cannot be chosen" error={facesError} onRetry={retry} />
      )}
      {faces && faces.faces.length > 1 && <FaceChoice faces={faces} setting={setting} />}
      <Controls {...controls} />
      {domain.kind === "attributes" && <Pad {...controls} />}
      <Tools {...controls} photo={photo} subject={subject} />
    </>
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
