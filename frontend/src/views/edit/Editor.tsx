import { type ReactNode, useEffect, useRef, useState } from "react";
import type { Format } from "../../api/faces";
import type { Faces } from "../../api/queries";
import { Live } from "../../components/Hidden";
import { describe, type Wishes } from "./changes";
import styles from "./Editor.module.css";
import { Framing } from "./Framing";
import { Panel } from "./Panel";
import { PickPhoto } from "./PhotoDrop";
import { downloadName, formatOf, type Photo } from "./photo";
import { Result } from "./Result";
import { Stage } from "./Stage";
import { useEditing } from "./useEditing";
import { type View, ViewChoice } from "./ViewChoice";
import { announcement } from "./words";

interface EditorProps {
  photo: Photo;
  faces: Faces;
  samples: ReactNode;
  /** Somebody says that the photo shows one face, framed like the samples. */
  onAligned: () => void;
}

/** One photo from its attributes to its edit. A new photo mounts a new editor, so nothing lingers. */
export function Editor({ photo, faces, samples, onAligned }: EditorProps) {
  const [wishes, setWishes] = useState<Wishes>({});
  const [picked, setFormat] = useState<Format | null>(null);
  const [view, setView] = useState<View>("slider");
  const domain = faces.data;
  const format = picked ?? formatOf(photo, domain);
  const editing = useEditing(photo, faces, wishes, format);
  const description = domain ? describe(editing.changes, domain) : "";

  return (
    <div className={styles.editor}>
      <Live message={announcement(editing, description)} />
      <div className={styles.head}>
        <Title photo={photo} />
        {!editing.readError && (
          <ViewChoice view={view} disabled={!editing.result} onView={setView} />
        )}
        <PickPhoto look="plain" label="New photo" shrinks />
      </div>
      <div className={styles.stage}>
        <Stage
          photo={photo}
          editing={editing}
          description={description}
          view={view}
          onAligned={onAligned}
        />
      </div>
      <div className={styles.panel}>
        <Panel domain={domain} editing={editing} wishes={wishes} onWishes={setWishes} />
      </div>
      <div className={styles.result}>
        <Result
          editing={editing}
          formats={domain?.formats ?? [format]}
          format={format}
          onFormat={setFormat}
          filename={downloadName(photo, description, format)}
        />
      </div>
      <div className={styles.foot}>
        {samples}
        <div className={styles.notes}>
          <Framing />
          {photo.credit && <p>Photo: {photo.credit}</p>}
        </div>
      </div>
    </div>
  );
}

/** Takes the focus when the button that brought the photo is gone, so that the keyboard is not lost. */
function Title({ photo }: { photo: Photo }) {
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => {
    if (document.activeElement === document.body) heading.current?.focus();
  }, []);
  return (
    <h1 className={styles.title} ref={heading} tabIndex={-1}>
      {photo.name}
    </h1>
  );
}
