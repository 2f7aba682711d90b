import { lazy, Suspense } from "react";
import { Link } from "wouter";
import { type Study, useStudy } from "../../api/studies";
import { Live } from "../../components/Hidden";
import { Notice } from "../../components/Notice";
import { Page } from "../../components/Page";
import { Facts } from "./Facts";
import { Failures } from "./Failures";
import { Preparing } from "./Preparing";
import { Removing } from "./Removing";
import { ShareLink } from "./ShareLink";
import styles from "./Study.module.css";
import { StudyChip } from "./StudyChip";
import { stateText } from "./words";

const ResultsPanel = lazy(() => import("./ResultsPanel"));
const ABOVE = <Link href="/">← User studies</Link>;

/** One study: how far its pictures are, the link for voters, and what they say. */
export default function StudyPage({ id }: { id: string }) {
  const study = useStudy(id);
  if (study.data) return <Shown study={study.data} onChanged={() => void study.refetch()} />;
  return (
    <Page title="User study" above={ABOVE}>
      {study.error ? (
        <Notice
          title="This study cannot be shown"
          error={study.error}
          onRetry={() => void study.refetch()}
        />
      ) : (
        <p className={styles.muted}>Loading…</p>
      )}
    </Page>
  );
}

function Shown({ study, onChanged }: { study: Study; onChanged: () => void }) {
  return (
    <Page
      title={study.name}
      above={ABOVE}
      lead={`“${study.question}”`}
      actions={<StudyChip study={study} />}
    >
      <Live message={stateText(study)} />
      {study.state === "open" ? (
        <>
          <ShareLink address={study.vote_url} />
          <Failures study={study} />
          <Suspense fallback={<p className={styles.muted}>Loading…</p>}>
            <ResultsPanel study={study} />
          </Suspense>
        </>
      ) : (
        <>
          <Preparing study={study} onChanged={onChanged} />
          <Failures study={study} />
        </>
      )}
      <Facts study={study} />
      <Removing study={study} />
    </Page>
  );
}
