import { type CSSProperties, useState } from "react";
import { codeOf } from "../../api/errors";
import { Button } from "../../components/Button";
import { Notice } from "../../components/Notice";
import { Compare } from "./Compare";
import { useObjectUrl } from "./hooks";
import { PickPhoto } from "./PhotoDrop";
import type { Photo } from "./photo";
import styles from "./Stage.module.css";
import type { Editing } from "./useEditing";
import type { View } from "./ViewChoice";
import { busyWith, readFailure } from "./words";

interface StageProps {
  photo: Photo;
  editing: Editing;
  description: string;
  view: View;
  onAligned: () => void;
}

/** Where the photo is: alone, being worked on, compared with its edit, or with what went wrong. */
export function Stage({ photo, editing, description, view, onAligned }: StageProps) {
  const [ratio, setRatio] = useState<number>();
  const original = useObjectUrl(photo.blob);
  const edited = useObjectUrl(editing.result?.image);
  const busy = busyWith(editing);

  if (editing.readError) {
    return (
      <div className={styles.stage}>
        <div className={styles.failed}>
          <Notice
            title={readFailure(codeOf(editing.readError))}
            error={editing.readError}
            onRetry={editing.retry}
          >
            {codeOf(editing.readError) === "no_face" && (
              <Button onClick={onAligned}>Treat it as aligned</Button>
            )}
            <PickPhoto look="plain" label="Choose another photo" />
          </Notice>
        </div>
      </div>
    );
  }
  return (
    <section
      className={styles.stage}
      aria-label="Photo"
      aria-busy={busy !== null}
      style={{ "--ratio": ratio ?? 1 } as CSSProperties}
    >
      <div
        className={styles.frame}
        data-view={edited ? view : "slider"}
        data-shown={ratio !== undefined}
      >
        {original && (
          <Compare
            original={original}
            edited={edited}
            view={view}
            description={description}
            onRatio={setRatio}
          />
        )}
      </div>
      {busy && <p className={styles.busy}>{busy}</p>}
      {editing.editError && (
        <div className={styles.problem}>
          <Notice title="The edit was not made" error={editing.editError} onRetry={editing.retry} />
        </div>
      )}
    </section>
  );
}
