import { type FormEvent, useState } from "react";
import { codeOf } from "../../api/errors";
import { type Override, usePromote } from "../../api/releases";
import { Button } from "../../components/Button";
import { Dialog, DialogActions } from "../../components/Dialog";
import { Field } from "../../components/Field";
import { Notice } from "../../components/Notice";
import { plainly, reasonsOf, wantsScores } from "./gate";
import styles from "./PromoteDialog.module.css";
import type { Scoring } from "./useScoring";

interface PromoteDialogProps {
  domain: string;
  /** The release to be served. */
  name: string;
  serving: string | null;
  scoring: Scoring;
  onClose: () => void;
}

/** Asks once, and where the gate refuses shows why: to be scored first, or for somebody to answer for it. */
export function PromoteDialog({ domain, name, serving, scoring, onClose }: PromoteDialogProps) {
  const promote = usePromote(domain);
  // Kept, for it stands until somebody has answered for it, whatever becomes of that.
  const [refused, setRefused] = useState<Error | null>(null);
  const send = (override?: Override) =>
    promote.mutate(override ? { name, override } : { name }, {
      onSuccess: onClose,
      onError: (error) => isRefusal(error) && setRefused(error),
    });
  const { error } = promote;
  return (
    <Dialog title={refused ? `The gate refuses ${name}` : `Serve ${name}?`} onClose={onClose}>
      {!refused && (
        <p>
          {serving ? `It takes the place of ${serving}. ` : ""}It is loaded and checked first; where
          that fails, nothing changes, and no request is dropped.
        </p>
      )}
      {error && !isRefusal(error) && <Notice title="It was not promoted" error={error} />}
      {refused ? (
        <Refusal
          name={name}
          reasons={reasonsOf(refused.message, name)}
          busy={promote.isPending}
          onEvaluate={() => {
            scoring.evaluate.mutate(name);
            onClose();
          }}
          onOverride={send}
          onClose={onClose}
        />
      ) : (
        <DialogActions>
          <Button look="primary" disabled={promote.isPending} onClick={() => send()}>
            {promote.isPending ? "Loading it…" : "Promote"}
          </Button>
          <Button onClick={onClose}>Cancel</Button>
        </DialogActions>
      )}
    </Dialog>
  );
}

function isRefusal(error: Error): boolean {
  return codeOf(error) === "promotion_refused";
}

interface RefusalProps {
  name: string;
  reasons: readonly string[];
  busy: boolean;
  onEvaluate: () => void;
  onOverride: (override: Override) => void;
  onClose: () => void;
}

function Refusal({ name, reasons, busy, onEvaluate, onOverride, onClose }: RefusalProps) {
  const [by, setBy] = useState("");
  const [why, setWhy] = useState("");
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (by.trim() && why.trim()) onOverride({ by: by.trim(), why: why.trim() });
  };
  return (
    <>
      <div className={styles.reasons} role="alert">
        <ul>
          {reasons.map((reason) => (
            <li key={reason}>{plainly(reason)}</li>
          ))}
        </ul>
      </div>
      {wantsScores(reasons) && (
        <div className={styles.first}>
          <Button look="primary" onClick={onEvaluate}>
            Evaluate {name} now
          </Button>
          <p>Then promote it again once it is scored.</p>
        </div>
      )}
      <form className={styles.override} onSubmit={submit}>
        <h3>Or answer for it</h3>
        <p>Both are written into the log of promotions, for good.</p>
        <Field label="Your name" value={by} onChange={setBy} required maxLength={100} />
        <Field
          label="Why it is to serve all the same"
          value={why}
          onChange={setWhy}
          required
          maxLength={1000}
        />
        <DialogActions>
          <Button type="submit" disabled={busy || !by.trim() || !why.trim()}>
            {busy ? "Loading it…" : "Promote all the same"}
          </Button>
          <Button look="quiet" onClick={onClose}>
            Leave it
          </Button>
        </DialogActions>
      </form>
    </>
  );
}
