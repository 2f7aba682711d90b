import { createContext, type ReactNode, useContext } from "react";
import { useDropzone } from "react-dropzone";
import { Button } from "./Button";
import styles from "./DropArea.module.css";
import { Icon } from "./Icon";

const OpenPicker = createContext<() => void>(() => {});

interface DropAreaProps {
  /** What the files are for, which screen readers say of the picker. */
  label: string;
  /** What the picker offers; dropped files are taken as they are. */
  accept: string;
  multiple?: boolean;
  disabled?: boolean;
  /** Said over the view while files are held above it. */
  invitation: string;
  onFiles: (files: File[]) => void;
  children: ReactNode;
}

/** A whole view that takes what is dropped on it; PickFiles, anywhere within, opens the picker for the same. */
export function DropArea(props: DropAreaProps) {
  const { label, accept, multiple = true, disabled = false, invitation, onFiles, children } = props;
  const drop = useDropzone({
    // Not its own `disabled`, which would tell screen readers that all within is disabled too.
    onDrop: (files: File[]) => !disabled && onFiles(files),
    noDrag: disabled,
    noClick: true,
    noKeyboard: true,
  });
  return (
    <OpenPicker.Provider value={drop.open}>
      <div {...drop.getRootProps({ className: styles.area, role: "presentation" })}>
        <input {...drop.getInputProps({ accept, multiple, "aria-label": label })} />
        {children}
        {drop.isDragActive && <p className={styles.target}>{invitation}</p>}
      </div>
    </OpenPicker.Provider>
  );
}

interface PickFilesProps {
  look: "primary" | "plain";
  label: string;
  /** Shows the icon alone where space is short. */
  shrinks?: boolean;
}

export function PickFiles({ look, label, shrinks }: PickFilesProps) {
  return (
    <Button look={look} onClick={useContext(OpenPicker)}>
      <Icon name="photo" />
      <span className={shrinks ? styles.shrinks : undefined}>{label}</span>
    </Button>
  );
}
