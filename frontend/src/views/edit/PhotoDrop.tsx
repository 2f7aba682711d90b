import { createContext, type ReactNode, useContext, useState } from "react";
import { useDropzone } from "react-dropzone";
import { Button } from "../../components/Button";
import { Icon } from "../../components/Icon";
import { usePaste } from "./hooks";
import styles from "./PhotoDrop.module.css";

const OpenPicker = createContext<() => void>(() => {});

interface PhotoDropProps {
  onFile: (file: File) => void;
  children: ReactNode;
}

/** The whole view takes a dropped or pasted photo; a file that is none gets the service's sentence. */
export function PhotoDrop({ onFile, children }: PhotoDropProps) {
  const [tooMany, setTooMany] = useState(false);
  const take = (files: File[]) => {
    const [file] = files;
    setTooMany(files.length > 1);
    if (file && files.length === 1) onFile(file);
  };
  usePaste(onFile);
  const drop = useDropzone({ onDrop: take, noClick: true, noKeyboard: true });
  return (
    <OpenPicker.Provider value={drop.open}>
      <div {...drop.getRootProps({ className: styles.area, role: "presentation" })}>
        <input
          {...drop.getInputProps({
            accept: "image/jpeg,image/png,image/webp",
            multiple: false,
            "aria-label": "Photo to edit",
          })}
        />
        {tooMany && (
          <p className={styles.tooMany} role="alert">
            One photo at a time here. For many, send them to <code>POST /v1/jobs/translations</code>
            .
          </p>
        )}
        {children}
        {drop.isDragActive && <p className={styles.target}>Drop the photo to edit it</p>}
      </div>
    </OpenPicker.Provider>
  );
}

interface PickPhotoProps {
  look: "primary" | "plain";
  label: string;
  /** Shows the icon alone where space is short. */
  shrinks?: boolean;
}

export function PickPhoto({ look, label, shrinks }: PickPhotoProps) {
  const open = useContext(OpenPicker);
  return (
    <Button look={look} onClick={open}>
      <Icon name="photo" />
      <span className={shrinks ? styles.shrinks : undefined}>{label}</span>
    </Button>
  );
}
