import { createContext, type ReactNode, useContext } from "react";
import { useDropzone } from "react-dropzone";
import { Button } from "../../components/Button";
import { Icon } from "../../components/Icon";
import styles from "./DropArea.module.css";

const OpenPicker = createContext<() => void>(() => {});

interface DropAreaProps {
  disabled: boolean;
  onFiles: (files: File[]) => void;
  children: ReactNode;
}

/** The whole view takes what is dropped: photos, folders with all in them, or a zip. */
export function DropArea({ disabled, onFiles, children }: DropAreaProps) {
  // Not its own `disabled`, which would tell screen readers that all within is disabled too.
  const onDrop = (files: File[]) => !disabled && onFiles(files);
  const drop = useDropzone({ onDrop, noDrag: disabled, noClick: true, noKeyboard: true });
  return (
    <OpenPicker.Provider value={drop.open}>
      <div {...drop.getRootProps({ className: styles.area, role: "presentation" })}>
        <input
          {...drop.getInputProps({
            accept: "image/jpeg,image/png,image/webp,image/heic,.heic,.heif,.zip",
            "aria-label": "Photos to edit",
          })}
        />
        {children}
        {drop.isDragActive && <p className={styles.target}>Drop photos, a folder or a zip</p>}
      </div>
    </OpenPicker.Provider>
  );
}

interface PickProps {
  look: "primary" | "plain";
  label: string;
}

export function PickPhotos({ look, label }: PickProps) {
  return (
    <Button look={look} onClick={useContext(OpenPicker)}>
      <Icon name="photo" />
      {label}
    </Button>
  );
}

/** A folder of this device, with all folders in it; browsers want an input of its own for that. */
export function PickFolder({ onFiles }: { onFiles: (files: File[]) => void }) {
  return (
    <label className={styles.folder}>
      <input
        type="file"
        // React's types know only the standard; every browser knows this.
        {...{ webkitdirectory: "" }}
        onChange={(event) => {
          onFiles([...(event.target.files ?? [])]);
          event.target.value = "";
        }}
      />
      Choose a folder
    </label>
  );
}
