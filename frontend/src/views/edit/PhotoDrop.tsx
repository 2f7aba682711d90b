import { createContext, lazy, type ReactNode, Suspense, useContext, useState } from "react";
import { useDropzone } from "react-dropzone";
import { Link } from "wouter";
import { Button } from "../../components/Button";
import { Icon } from "../../components/Icon";
import { usePaste } from "./hooks";
import styles from "./PhotoDrop.module.css";

const Camera = lazy(() => import("./Camera"));

interface Ways {
  pick: () => void;
  take: () => void;
}

const WaysIn = createContext<Ways>({ pick: () => {}, take: () => {} });

interface PhotoDropProps {
  onFile: (file: File) => void;
  children: ReactNode;
}

/** The whole view takes a photo, dropped, pasted, picked or of the camera; a file that is none gets the service's sentence. */
export function PhotoDrop({ onFile, children }: PhotoDropProps) {
  const [tooMany, setTooMany] = useState(false);
  const [camera, setCamera] = useState(false);
  const take = (files: File[]) => {
    const [file] = files;
    setTooMany(files.length > 1);
    if (file && files.length === 1) onFile(file);
  };
  usePaste(onFile);
  const drop = useDropzone({ onDrop: take, noClick: true, noKeyboard: true });
  return (
    <WaysIn.Provider value={{ pick: drop.open, take: () => setCamera(true) }}>
      <div {...drop.getRootProps({ className: styles.area, role: "presentation" })}>
        <input
          {...drop.getInputProps({
            accept: "image/jpeg,image/png,image/webp,image/heic,image/heif,.heic,.heif",
            multiple: false,
            "aria-label": "Photo to edit",
          })}
        />
        {tooMany && (
          <p className={styles.tooMany} role="alert">
            One photo at a time here. For many, go to <Link href="/bulk">Bulk</Link>.
          </p>
        )}
        {children}
        {drop.isDragActive && <p className={styles.target}>Drop the photo to edit it</p>}
        <Suspense fallback={null}>
          {camera && <Camera onFile={onFile} onClose={() => setCamera(false)} />}
        </Suspense>
      </div>
    </WaysIn.Provider>
  );
}

interface PickPhotoProps {
  look: "primary" | "plain";
  label: string;
  /** Shows the icon alone where space is short. */
  shrinks?: boolean;
}

export function PickPhoto({ look, label, shrinks }: PickPhotoProps) {
  const { pick } = useContext(WaysIn);
  return (
    <Button look={look} onClick={pick}>
      <Icon name="photo" />
      <span className={shrinks ? styles.shrinks : undefined}>{label}</span>
    </Button>
  );
}

export function TakePhoto({ look = "plain" }: { look?: "plain" | "quiet" }) {
  const { take } = useContext(WaysIn);
  return (
    <Button look={look} onClick={take}>
      <Icon name="camera" />
      Use the camera
    </Button>
  );
}
