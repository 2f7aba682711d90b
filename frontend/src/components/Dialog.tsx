import { type ReactNode, useId, useLayoutEffect, useRef } from "react";
import { Button } from "./Button";
import styles from "./Dialog.module.css";
import { Hidden } from "./Hidden";
import { Icon } from "./Icon";

/** Where one begins in a dialog that asks for something; in others it is the button that closes it. */
const FIELDS = "input:not([type=radio], [type=checkbox]), textarea";

interface DialogProps {
  title: string;
  /** As much room as the screen gives. */
  wide?: boolean;
  onClose: () => void;
  children: ReactNode;
}

/** A window over the page, for as long as it is mounted: Escape closes it, and the focus goes back to where it was. */
export function Dialog({ title, wide, onClose, children }: DialogProps) {
  const dialog = useRef<HTMLDialogElement>(null);
  const id = useId();
  useLayoutEffect(() => {
    const shown = dialog.current;
    if (shown && !shown.open) {
      shown.showModal();
      shown.querySelector<HTMLElement>(FIELDS)?.focus();
    }
    return () => shown?.close();
  }, []);
  return (
    <dialog
      ref={dialog}
      className={styles.dialog}
      data-wide={wide || undefined}
      aria-labelledby={id}
      onClose={({ currentTarget }) => {
        if (!currentTarget.open) onClose();
      }}
    >
      <header className={styles.header}>
        <h2 id={id}>{title}</h2>
        <Button look="quiet" onClick={() => dialog.current?.close()}>
          <Icon name="close" />
          <Hidden>Close</Hidden>
        </Button>
      </header>
      <div className={styles.body}>{children}</div>
    </dialog>
  );
}

/** What can be answered, where a dialog asks: the deed itself first. */
export function DialogActions({ children }: { children: ReactNode }) {
  return <div className={styles.actions}>{children}</div>;
}
