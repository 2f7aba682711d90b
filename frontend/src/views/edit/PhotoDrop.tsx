import {
  createContext,
  lazy,
  type ReactNode,
  Suspense,
  useCallback,
  useContext,
  useState,
} from "react";
import { Link } from "wouter";
import { Button } from "../../components/Button";
import { DropArea } from "../../components/DropArea";
import { Icon } from "../../components/Icon";
import { usePaste } from "./hooks";
import styles from "./PhotoDrop.module.css";

const Camera = lazy(() => import("./Camera"));
const PHOTOS = "image/jpeg,image/png,image/webp,image/heic,image/heif,.heic,.heif";

const OpenCamera = createContext<() => void>(() => {});

interface PhotoDropProps {
  /** Whether there were more than one. */
  tooMany: boolean;
  onFiles: (files: File[]) => void;
  children: ReactNode;
}

/** The whole view takes a photo, dropped, pasted, picked or of the camera; a file that is none gets the service's sentence. */
export function PhotoDrop({ tooMany, onFiles, children }: PhotoDropProps) {
  const [camera, setCamera] = useState(false);
  const onFile = useCallback((file: File) => onFiles([file]), [onFiles]);
  usePaste(onFile);
  return (
    <OpenCamera.Provider value={() => setCamera(true)}>
      <DropArea
        label="Photo to edit"
        accept={PHOTOS}
        multiple={false}
        invitation="Drop the photo to edit it"
        onFiles={onFiles}
      >
        {tooMany && (
          <p className={styles.tooMany} role="alert">
            One photo at a time here. For many, go to <Link href="/bulk">Bulk</Link>.
          </p>
        )}
        {children}
        <Suspense fallback={null}>
          {camera && <Camera onFile={onFile} onClose={() => setCamera(false)} />}
        </Suspense>
      </DropArea>
    </OpenCamera.Provider>
  );
}

export function TakePhoto({ look = "plain" }: { look?: "plain" | "quiet" }) {
  return (
    <Button look={look} onClick={useContext(OpenCamera)}>
      <Icon name="camera" />
      Use the camera
    </Button>
  );
}
