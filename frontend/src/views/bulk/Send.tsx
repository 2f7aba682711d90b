import type { JobLimits } from "../../api/bulk";
import { Button } from "../../components/Button";
import { Live } from "../../components/Hidden";
import { Notice } from "../../components/Notice";
import { Progress } from "../../components/Progress";
import { plural } from "../../components/words";
import { missing, type Order } from "./order";
import { refusal } from "./pile";
import styles from "./Send.module.css";
import type { Sending, SendingProgress } from "./useSending";

interface SendProps {
  order: Order | null;
  limits: JobLimits | undefined;
  sending: Sending;
}

/** The button that begins, what is still missing, and how far the sending is. */
export function Send({ order, limits, sending }: SendProps) {
  const { progress, error } = sending;
  if (!order || !limits) return null;
  if (progress) {
    return (
      <div className={styles.sending}>
        <Live message={WORDS[progress.doing]} />
        <p>
          <span>{WORDS[progress.doing]}</span>
          <span className={styles.part}>{partWords(progress)}</span>
        </p>
        <Progress label="Sent" part={progress.doing === "sending" ? progress.part : undefined} />
        <p className={styles.hint}>Keep this page open until all is sent.</p>
        <Button onClick={sending.stop}>Stop sending</Button>
      </div>
    );
  }
  const isRefused = order.folder === null && refusal(order.pile, limits) !== null;
  const reason = missing(order);
  const begin = () => sending.send(order, limits);
  return (
    <div className={styles.send}>
      {error && <Notice title="The photos could not be sent" error={error} onRetry={begin} />}
      <Button look="primary" disabled={reason !== null || isRefused} onClick={begin}>
        {label(order)}
      </Button>
      {reason && <p className={styles.hint}>{reason}</p>}
    </div>
  );
}

const WORDS: Record<SendingProgress["doing"], string> = {
  packing: "Packing the photos…",
  sending: "Sending…",
  storing: "Sent; the service is putting them away…",
};

function partWords({ doing, part }: SendingProgress): string {
  return doing === "sending" ? `${Math.floor(part * 100)} %` : "";
}

function label({ pile, folder }: Order): string {
  if (folder !== null) return "Edit the folder";
  if (pile.archive) return "Edit the photos in the zip";
  return pile.photos.length ? `Edit ${plural(pile.photos.length, "photo")}` : "Edit photos";
}
