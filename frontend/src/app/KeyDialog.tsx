import { useQueryClient } from "@tanstack/react-query";
import { type FormEvent, useEffect, useRef, useSyncExternalStore } from "react";
import { onKeyChange, saveKey, whyKeyIsWanted } from "../api/key";
import { Button } from "../components/Button";
import styles from "./KeyDialog.module.css";

/** Asks for an API key when the service wants one, or wants another: an expired key is replaced here. */
export function KeyDialog() {
  const reason = useSyncExternalStore(onKeyChange, whyKeyIsWanted);
  const dialog = useRef<HTMLDialogElement>(null);
  const queries = useQueryClient();

  useEffect(() => {
    if (reason === null) dialog.current?.close();
    else if (!dialog.current?.open) dialog.current?.showModal();
  }, [reason]);

  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const key = String(new FormData(event.currentTarget).get("key") ?? "").trim();
    if (!key) return;
    event.currentTarget.reset();
    saveKey(key);
    void queries.resetQueries();
  };

  return (
    <dialog ref={dialog} className={styles.dialog} aria-labelledby="key-title">
      <form className={styles.form} onSubmit={submit}>
        <h2 id="key-title">This service asks for an API key</h2>
        <p>{reason}</p>
        <label className={styles.label}>
          API key
          {/* No password: browsers would offer to keep it. */}
          <input name="key" type="text" autoComplete="off" spellCheck={false} required />
        </label>
        <p className={styles.hint}>
          It is kept in this tab until you close it. Who runs the service makes keys with{" "}
          <code>python -m service keys</code>.
        </p>
        <div className={styles.actions}>
          <Button look="primary" type="submit">
            Use this key
          </Button>
          <Button onClick={() => dialog.current?.close()}>Not now</Button>
        </div>
      </form>
    </dialog>
  );
}
