import { useJobDeeds } from "../../api/jobs";
import type { Study } from "../../api/studies";
import { Button } from "../../components/Button";
import { Icon } from "../../components/Icon";
import { Notice } from "../../components/Notice";
import { Section } from "../../components/Page";
import { count, plural } from "../../components/words";
import styles from "./Study.module.css";

/** How far the pictures are, for as long as not all are made. */
export function Preparing({ study, onChanged }: { study: Study; onChanged: () => void }) {
  const { cancel, retry } = useJobDeeds(study.id);
  const busy = cancel.isPending || retry.isPending;
  const isPreparing = study.state === "preparing";
  const ended = study.done + study.failed;
  const failed = cancel.error ?? retry.error;
  return (
    <Section
      title={isPreparing ? "The pictures are being made" : "The pictures are not all made"}
      note={
        isPreparing
          ? "You may leave this page; it goes on. Voting opens when all are there."
          : (study.error ?? "What is made is kept; go on to have the rest made.")
      }
      actions={
        isPreparing ? (
          <Button
            disabled={busy}
            onClick={() => cancel.mutate(undefined, { onSettled: onChanged })}
          >
            Stop
          </Button>
        ) : (
          <Button
            look="primary"
            disabled={busy}
            onClick={() => retry.mutate(undefined, { onSettled: onChanged })}
          >
            <Icon name="retry" />
            Go on
          </Button>
        )
      }
    >
      <progress
        className={styles.progress}
        value={ended}
        max={study.pictures}
        aria-label="Pictures that are made"
      />
      <p className={styles.muted}>
        {count(ended)} of {plural(study.pictures, "picture")}
      </p>
      {failed && <Notice title="That was not done" error={failed} />}
    </Section>
  );
}
