import { type CSSProperties, useState } from "react";
import { codeOf } from "../../api/errors";
import { Button } from "../../components/Button";
import { PickFiles } from "../../components/DropArea";
import { Notice } from "../../components/Notice";
import { useObjectUrl } from "../../components/useObjectUrl";
import { Compare } from "./Compare";
import { FaceBoxes } from "./FaceBoxes";
import styles from "./Stage.module.css";
import { faceIn } from "./settings";
import type { Editing } from "./useEditing";
import type { Setting } from "./useSettings";
import type { View } from "./ViewChoice";
import { busyWith, readFailure, toldHere } from "./words";

interface StageProps {
  editing: Editing;
  setting: Setting;
  description: string;
  view: View;
  onAligned: () => void;
}

/** Where the photo is: alone, being worked on, compared with its edit, or with what went wrong. */
export function Stage({ editing, setting, description, view, onAligned }: StageProps) {
  const [loaded, setRatio] = useState<number>();
  const size = editing.preview?.size;
  const ratio = size ? size.width / size.height : loaded;
  const original = useObjectUrl(editing.preview?.blob);
  const edited = useObjectUrl(editing.result?.image);
  const busy = busyWith(editing);

  if (editing.readError) {
    return (
      <div className={styles.stage}>
        <div className={styles.failed}>
          <Notice
            title={readFailure(editing.readError)}
            error={toldHere(editing.readError)}
            onRetry={editing.retry}
          >
            {codeOf(editing.readError) === "no_face" && (
              <Button onClick={onAligned}>Edit it as it is</Button>
            )}
            <PickFiles look="plain" label="Choose another photo" />
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
        {editing.faces && !edited && (
          <FaceBoxes
            faces={editing.faces}
            face={faceIn(setting.settings.face, editing.faces)}
            onFace={(face) => setting.set({ ...setting.settings, face })}
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
