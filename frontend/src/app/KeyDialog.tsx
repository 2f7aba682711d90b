import { useQueryClient } from "@tanstack/react-query";
import { type FormEvent, useSyncExternalStore } from "react";
import { leaveKey, onKeyChange, saveKey, whyKeyIsWanted } from "../api/key";
import { useAskAgain } from "../api/queries";
import { Button } from "../components/Button";
import { Dialog, DialogActions } from "../components/Dialog";
import { Sentence } from "../components/Notice";
import styles from "./KeyDialog.module.css";

/** Asks for an API key when the service wants one, or wants another: an expired key is replaced here. */
export function KeyDialog() {
  const reason = useSyncExternalStore(onKeyChange, whyKeyIsWanted);
  const queries = useQueryClient();
  const askAgain = useAskAgain();
  if (reason === null) return null;

  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const key = String(new FormData(event.currentTarget).get("key") ?? "").trim();
    if (!key) return;
    saveKey(key);
    // Forms and drawings live in what is shown already: that stays while it is asked for anew.
    askAgain();
    void queries.invalidateQueries();
  };

  return (
    <Dialog title="This service asks for an API key" onClose={leaveKey}>
      <form className={styles.form} onSubmit={submit}>
        <p>
          <Sentence text={reason} />
        </p>
        <label className={styles.label}>
          API key
          {/* No password: browsers would offer to keep it. */}
          <input name="key" type="text" autoComplete="off" spellCheck={false} required />
        </label>
        <p className={styles.hint}>
          It is kept in this tab until you close it. Who runs the service makes keys with{" "}
          <code>python -m service keys</code>.
        </p>
        <DialogActions>
          <Button look="primary" type="submit">
            Use this key
          </Button>
          <Button onClick={leaveKey}>Not now</Button>
        </DialogActions>
      </form>
    </Dialog>
  );
}
