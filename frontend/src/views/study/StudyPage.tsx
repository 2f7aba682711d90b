import { lazy, Suspense, useState } from "react";
import { Link, useLocation } from "wouter";
import { useJobDeeds } from "../../api/jobs";
import { type Study, useRemoveStudy, useStudy } from "../../api/studies";
import { Button } from "../../components/Button";
import { Live } from "../../components/Hidden";
import { Icon } from "../../components/Icon";
import { Notice } from "../../components/Notice";
import { ShareLink } from "./ShareLink";
import styles from "./Study.module.css";
import { count, stateText } from "./words";

const ResultsPanel = lazy(() => import("./ResultsPanel"));

/** One study: how far its pictures are, the link for voters, and what they say. */
export default function StudyPage({ id }: { id: string }) {
  const study = useStudy(id);
  if (!study.data) {
    return (
      <div className={styles.page}>
        <header className={styles.head}>
          <h1>User study</h1>
        </header>
        {study.error ? (
          <Notice
            title="This study cannot be shown"
            error={study.error}
            onRetry={() => void study.refetch()}
          />
        ) : (
          <p className={styles.muted}>Loading…</p>
        )}
        <Link href="/">All studies</Link>
      </div>
    );
  }
  return <Shown study={study.data} onChanged={() => void study.refetch()} />;
}

function Shown({ study, onChanged }: { study: Study; onChanged: () => void }) {
  return (
    <div className={styles.page}>
      <Live message={stateText(study)} />
      <header className={styles.head}>
        <div>
          <Link href="/" className={styles.back}>
            User studies
          </Link>
          <h1>{study.name}</h1>
          <p className={styles.lead}>“{study.question}”</p>
        </div>
        <span className={styles.state} data-state={study.state}>
          {study.state === "preparing" ? "Preparing" : stateText(study)}
        </span>
      </header>
      {study.state === "open" ? (
        <>
          <ShareLink address={study.vote_url} />
          <Suspense fallback={<p className={styles.muted}>Loading…</p>}>
            <ResultsPanel study={study} />
          </Suspense>
        </>
      ) : (
        <Preparing study={study} onChanged={onChanged} />
      )}
      <Facts study={study} />
      <Removing study={study} />
    </div>
  );
}

function Preparing({ study, onChanged }: { study: Study; onChanged: () => void }) {
  const { cancel, retry } = useJobDeeds(study.id);
  const ended = study.done + study.failed;
  const failed = cancel.error ?? retry.error;
  return (
    <section className={styles.card} aria-labelledby="preparing-title">
      <h2 id="preparing-title">
        {study.state === "preparing"
          ? "The pictures are being made"
          : "The pictures are not all made"}
      </h2>
      <progress
        className={styles.progress}
        value={ended}
        max={study.pictures}
        aria-label="Pictures that are made"
      />
      <p className={styles.muted}>
        {ended.toLocaleString("en")} of {count(study.pictures, "picture")}
        {study.failed > 0 && `, ${study.failed} of them failed`}. You may leave this page; it goes
        on. Voting opens when all are there.
      </p>
      {study.error && <p role="alert">{study.error}</p>}
      {failed && <Notice title="That was not done" error={failed} />}
      <div className={styles.actions}>
        {study.state === "preparing" ? (
          <Button onClick={() => cancel.mutate(undefined, { onSettled: onChanged })}>Stop</Button>
        ) : (
          <Button look="primary" onClick={() => retry.mutate(undefined, { onSettled: onChanged })}>
            <Icon name="retry" />
            Go on
          </Button>
        )}
      </div>
    </section>
  );
}

/** What was set up, so that results can be read a month later. */
function Facts({ study }: { study: Study }) {
  const facts: [string, string][] = [
    ["Domain", study.domain],
    ["Photos", `${study.photos}`],
    ["Edits", study.edits.map(({ words }) => words).join(", ")],
    ["Questions a voter", study.questions > 0 ? `${study.questions}` : "not known yet"],
    ["Made", date(study.created_at)],
    ["Removed by itself", date(study.expires_at)],
  ];
  return (
    <section className={styles.card} aria-labelledby="facts-title">
      <h2 id="facts-title">Set-up</h2>
      <dl className={styles.facts}>
        {facts.map(([name, value]) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd>{value}</dd>
          </div>
        ))}
        <div className={styles.wide}>
          <dt>Releases</dt>
          {study.candidates.map(({ name, digest }) => (
            <dd key={name}>
              {name} <code>{digest.slice(0, 12)}</code>
            </dd>
          ))}
        </div>
      </dl>
    </section>
  );
}

function Removing({ study }: { study: Study }) {
  const [isAsking, setAsking] = useState(false);
  const [, navigate] = useLocation();
  const remove = useRemoveStudy(study.id);
  if (study.state === "preparing") return null;
  if (!isAsking) {
    return (
      <div className={styles.actions}>
        <Button look="quiet" onClick={() => setAsking(true)}>
          Delete this study
        </Button>
      </div>
    );
  }
  return (
    <section className={styles.confirm} aria-label="Delete this study">
      <p>
        Its pictures and {count(study.votes, "vote")} will be gone for good, and the link will lead
        nowhere.
      </p>
      {remove.error && <Notice title="It was not deleted" error={remove.error} />}
      <div className={styles.actions}>
        <Button
          disabled={remove.isPending}
          onClick={() => remove.mutate(undefined, { onSuccess: () => navigate("/") })}
        >
          Delete for good
        </Button>
        <Button look="quiet" autoFocus onClick={() => setAsking(false)}>
          Keep it
        </Button>
      </div>
    </section>
  );
}

function date(iso: string): string {
  return new Date(iso).toLocaleDateString("en-GB", { dateStyle: "medium" });
}
