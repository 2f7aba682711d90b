import { type ReactNode, useEffect, useRef, useState } from "react";
import type { Format } from "../../api/photos";
import type { Serving } from "../../api/queries";
import { PickFiles } from "../../components/DropArea";
import { Live } from "../../components/Hidden";
import { describe } from "./changes";
import styles from "./Editor.module.css";
import { Framing } from "./Framing";
import { useSettled } from "./hooks";
import { Panel } from "./Panel";
import { downloadName, formatOf, type Photo } from "./photo";
import { Result } from "./Result";
import { Stage } from "./Stage";
import { Strip } from "./Strip";
import { useDownload } from "./useDownload";
import { useEditing } from "./useEditing";
import { useSettings } from "./useSettings";
import { useStrip } from "./useStrip";
import { type View, ViewChoice } from "./ViewChoice";
import { announcement } from "./words";

interface EditorProps {
  name: string;
  photo: Photo;
  serving: Serving;
  /** Where the next photo can come from. */
  others: ReactNode;
  /** Somebody says that the photo shows one face, framed like the samples. */
  onAligned: () => void;
}

/** What is said while a slider moves would never end. */
const SAID_MS = 500;

/** One photo from what it shows to its edit. A new photo mounts a new editor, so nothing lingers but what is set. */
export function Editor({ name, photo, serving, others, onAligned }: EditorProps) {
  const domain = serving.data;
  const setting = useSettings(domain);
  const [picked, setFormat] = useState<Format | null>(null);
  const [view, setView] = useState<View>("slider");
  const format = picked ?? formatOf(photo, domain);
  const editing = useEditing(photo, serving, setting);
  const { changes, strengths } = editing.wanted;
  const description = domain ? describe(changes, domain, strengths) : "";
  const kept = useStrip(editing, setting.settings, description);
  const download = useDownload(photo, domain, editing, format);
  const [said] = useSettled(announcement(editing, description), SAID_MS);

  return (
    <div className={styles.editor}>
      <Live message={said} />
      <div className={styles.head}>
        <Title photo={photo} />
        {!editing.readError && (
          <ViewChoice view={view} disabled={!editing.result} onView={setView} />
        )}
        <PickFiles look="plain" label="New photo" shrinks />
      </div>
      <div className={styles.stage}>
        <Stage
          editing={editing}
          setting={setting}
          description={description}
          view={view}
          onAligned={onAligned}
        />
      </div>
      <div className={styles.panel}>
        <Panel photo={photo} domain={domain} editing={editing} setting={setting} />
      </div>
      <div className={styles.result}>
        <Result
          editing={editing}
          domain={domain}
          formats={domain?.formats ?? [format]}
          format={format}
          onFormat={setFormat}
          filename={downloadName(photo, description, format)}
          download={download}
        />
      </div>
      <div className={styles.foot}>
        <Strip
          original={domain?.kind === "attributes" ? editing.preview?.blob : undefined}
          kept={kept}
          settings={setting.settings}
          onSettings={setting.set}
        />
        {others}
        <div className={styles.notes}>
          <Framing name={name} />
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
